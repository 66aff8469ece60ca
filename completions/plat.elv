
set edit:completion:arg-completer[plat] = { |@words|
    var index = (count $words)
    set index = (- $index 1)

    put (env _CLAP_IFS="\n" _CLAP_COMPLETE_INDEX=(to-string $index) PLAT_COMPLETE="elvish" plat -- $@words) | to-lines
}

