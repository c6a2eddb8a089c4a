# filtergate completion for zsh
_filtergate() {
  local -a suggestions
  suggestions=("${(@f)$(filtergate "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
  compadd -a suggestions
}
compdef _filtergate filtergate
