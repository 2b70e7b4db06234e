// SQL texts: what is read can be printed, and what is printed reads back to an equal tree. The
// first byte is the modes.

#include "base/assert.h"
#include "dialect/sql/parser/parse.h"
#include "dialect/sql/print/print.h"
#include "fuzz.h"

namespace sql = octavo::sql;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view text = octavo::fuzz::input(data + 1, size - 1);
  const auto tree = sql::parse(text, {.modes = data[0], .several_statements = true});
  if (!tree) {
    ASSERT(!sql::complaint_of(tree.error(), text).message.empty());
    return 0;
  }
  // What is not looked at is kept as it is.
  if (std::holds_alternative<sql::Ref<sql::Unsupported>>(tree->statement().node)) return 0;
  ASSERT(tree->text_bytes() > 0 && tree->text_bytes() <= text.size());
  const std::string printed = sql::print(tree->statement());
  const auto again = sql::parse(printed, {});
  ASSERT(again.has_value());
  ASSERT(tree->statement() == again->statement());
  ASSERT(sql::print(again->statement()) == printed);
  return 0;
}
