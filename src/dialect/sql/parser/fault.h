#pragma once

#include <cstdint>

#include "base/result.h"

namespace octavo::sql {

enum class FaultKind : std::uint8_t {
  syntax,       // nothing that the grammar has can stand there
  too_deep,     // nested beyond kMaxGrammarDepth
  nothing,      // no statement, and no comment either
  wrong_usage,  // two clauses that do not go together
  no_memory,
};

// Why a text is no statement, and where. Small, since each step of the parser may return one.
struct SyntaxFault {
  FaultKind kind = FaultKind::syntax;
  std::uint32_t at = 0;  // in bytes of the text
};

template <class T>
using Parsed = Expected<T, SyntaxFault>;
using Checked = Parsed<void>;

}  // namespace octavo::sql
