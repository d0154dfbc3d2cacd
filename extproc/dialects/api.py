"""The APIs a client may speak to us."""

from enum import StrEnum


class Api(StrEnum):
    """The API a path belongs to: it fixes the shape of errors and who can answer natively."""

    CHAT = "openai_chat"
    """OpenAI Chat Completions: ``/v1/chat/completions``."""
    RESPONSES = "openai_responses"
    """OpenAI Responses: ``/v1/responses`` and what is below it."""
    MESSAGES = "anthropic_messages"
    """Anthropic Messages: ``/v1/messages`` and what is below it."""
    OPENAI = "openai"
    """Every other OpenAI operation: embeddings, images, audio, files, batches, rerank …"""
    CONVERSE = "bedrock_converse"
    """Amazon Bedrock Converse: ``/model/{id}/converse`` and ``converse-stream``; upstream only."""
