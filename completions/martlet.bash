# bash completion for martlet
_martlet() {
    local line=${COMP_LINE:0:COMP_POINT} words word reply prefix
    read -r -a words <<< "$line"
    [[ $line == *[[:space:]] ]] && words+=("")
    word=${words[-1]}
    COMPREPLY=()
    while IFS= read -r reply; do
        if [[ $reply == :files ]]; then
            compopt -o default
            return
        fi
        reply=${reply%%$'\t'*}
        [[ $reply == *[=:,] ]] && compopt -o nospace
        COMPREPLY+=("$reply")
    done < <("${words[0]}" __complete "${words[@]:1}" 2> /dev/null)
    if [[ $word == *[=:]* ]]; then
        prefix=${word%"${word##*[=:]}"}
        COMPREPLY=("${COMPREPLY[@]#"$prefix"}")
    fi
}
complete -F _martlet martlet
