complete --keep-order --exclusive --command plat --arguments "(PLAT_COMPLETE=fish plat -- (commandline --current-process --tokenize --cut-at-cursor) (commandline --current-token))"
