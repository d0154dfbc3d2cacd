"""How many tokens a request has, for providers that cannot be asked: an estimate, made without any network.

    from extproc.tokens.count import count

    count(request)      # an `extproc.llm.request.Request`

The first count loads the vocabulary, in 0.13 s, and 77 MB stay in use; a KB is counted in 0.03 to 0.1 ms.
Both leave other threads free to run, so the gateway counts in a thread.

How good it is. Texts are counted exactly by ``o200k_base``. Other models cut texts otherwise; by their own
vocabularies the same samples had, times as many tokens:

    =====================  ========  =======  ======  =========  ========
    sample                 GPT-4     Llama 3  Qwen 3  DeepSeek   Gemma 3
    =====================  ========  =======  ======  =========  ========
    English prose          1.00      1.00     1.01    1.02       1.02
    Markdown               1.00      1.00     1.03    1.04       1.09
    Python                 0.99      0.99     0.99    1.08       1.18
    JavaScript             1.00      1.00     1.00    1.06       1.16
    JSON                   0.97      0.97     0.99    1.08       1.04
    German, French         1.2       1.2      1.2     1.3        1.0
    Chinese, Japanese      1.4       0.9      0.8     0.8        0.8
    =====================  ========  =======  ======  =========  ========

A second vocabulary, GPT-4's ``cl100k_base``, would be nearer to GPT-4 alone, so there is one;
`extproc.tokens.families` has the factors of those that differ much.
"""
