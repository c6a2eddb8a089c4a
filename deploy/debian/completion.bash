# filtergate completion for bash
_filtergate() {
  local IFS=$'\n'
  COMPREPLY=($(compgen -W "$(filtergate "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _filtergate filtergate
