/// What shells load to complete the words of a command line; each asks the program itself.
package enum CompletionScript {
    package static let shells = ["bash", "fish", "zsh"]

    /// Returns the script of a shell.
    package static func text(for shell: String) -> String {
        switch shell {
        case "bash": bash
        case "fish": fish
        default: zsh
        }
    }

    /// Bash parts words at "=" and ":" too; they are joined again before the program sees them, and
    /// what stands before the last of these is taken off what it answers.
    private static let bash = #"""
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

        """#

    private static let zsh = #"""
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

        """#

    private static let fish = #"""
        # fish completion for martlet
        function __martlet_complete
            set -l words (commandline -opc) (commandline -ct)
            set -l replies ($words[1] __complete $words[2..] 2> /dev/null)
            if contains -- :files $replies
                __fish_complete_path (commandline -ct)
            else
                printf '%s\n' $replies
            end
        end
        complete -c martlet -f -a '(__martlet_complete)'

        """#
}
