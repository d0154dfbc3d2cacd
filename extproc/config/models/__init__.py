"""The YAML as typed values, one module a subject; `root.Config` is the whole document.

The models say what may be written: keys, types, bounds of one value. What must hold between values is in
`extproc.config.rules`. Field docs are the reference documentation: the JSON Schema is made from them.
"""
