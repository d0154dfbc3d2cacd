"""What ``planoctl demo`` shows: a tiny real model behind the gateway, a question, and what became of it."""
