// JSON text in and out.

#include <fmt/format.h>

#include <string>

#include "dialect/reql/error.h"
#include "dialect/reql/read/json_in.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/text/json_out.h"
#include "function/family.h"

namespace octavo::reql {
namespace {

constexpr std::size_t kQuotedText = 40;  // bytes of the text that a message shows

Result<Val> json(Env&, Args& args) {
  TRY(const Value text, args.string(0));
  Result<Value> parsed = parse_json(text.as_string());
  if (parsed) return Val(*std::move(parsed));
  if (parsed.error().code != Code::invalid_argument) return fail(std::move(parsed).error());
  std::string quoted(text.as_string().substr(0, kQuotedText));
  if (text.as_string().size() > kQuotedText) quoted += "...";
  return fail_logic(fmt::format("Failed to parse \"{}\" as JSON: {}", quoted, parsed.error().what));
}

Result<Val> to_json_string(Env& env, Args& args) {
  TRY(const Value datum, args.datum(0));
  value::Charge charge(env.context().account);
  std::string text;
  TRY_STATUS(write_json(datum, text, &charge));
  return Val(string(text));
}

constexpr Term kTerms[] = {
    {98, "json", 1, 1, {}, kScalar, json},
    {172, "to_json_string", 1, 1, {}, kScalar, to_json_string},
};

}  // namespace

std::span<const Term> json_terms() { return kTerms; }

}  // namespace octavo::reql
