"""Files that officers deliver through the import page, from the upload to the undo.

One module a step: `receiving` (the upload into the instance folder), `understanding` (what the file says, with a
guess), `options` (how it is to be understood), `staging` (rows into `delivery_row`, with what each would do),
`showing` (pages of what was found), `applying` and `undoing` (one transaction each), `mappings` (the monthly file),
`rejected` (a file to correct), `purging`. `finding` knows whose delivery it is. Reading and checking files itself is
the import's (`services.imports`); nothing here commits but what `services.tasks.deliveries` opens transactions for.
"""
