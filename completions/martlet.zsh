#compdef martlet
# zsh completion for martlet
_martlet() {
    local -a replies
    local reply
    for reply in "${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2> /dev/null)}"; do
        if [[ $reply == :files ]]; then
            _files
            return
        fi
        [[ -n $reply ]] && replies+=("${${reply%%$'\t'*}//:/\\:}:${reply#*$'\t'}")
    done
    _describe -V martlet replies
}
compdef _martlet martlet
