// REGEXP_LIKE and its kin. Matches are counted from a character on, and do not overlap.

#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>

#include "dialect/sql/function/characters.h"
#include "dialect/sql/function/expressions.h"
#include "dialect/sql/function/named.h"
#include "value/utf8.h"

namespace octavo::sql {
namespace {

using re2::StringPiece;
using value::Value;

// Arguments: (text, pattern, ..., match type, whether case counts if the type does not say).
enum Operation : std::uint16_t {
  kLike = operation_block::kText + 80,  // (text, pattern, type, case)
  kInstr,                               // (text, pattern, from, which, end, type, case)
  kSubstr,                              // (text, pattern, from, which, type, case)
  kReplace,                             // (text, pattern, replacement, from, which, type, case)
};

StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// The expression with what the match type asks for: c, i, m, n, u. 1210 for other letters.
Result<const re2::RE2*> expression_at(Args args, std::size_t type) {
  TRY(const std::string_view pattern, string_at(args, 1));
  TRY(const std::string_view letters, text_at(args, type));
  TRY(const std::int64_t case_counts, integer_at(args, type + 1));
  bool counts = case_counts != 0;
  std::string flags;
  for (const char letter : letters) {
    switch (letter) {
      case 'c': counts = true; break;
      case 'i': counts = false; break;
      case 'm': flags.push_back('m'); break;
      case 'n': flags.push_back('s'); break;
      case 'u': break;
      default: return error<1210>("regexp_like");
    }
  }
  if (flags.empty() || pattern.empty()) return compiled_expression(pattern, counts);
  return compiled_expression("(?" + flags + ")" + std::string(pattern), counts);
}

// The matches of a text from a place on, one after another.
class Matches {
 public:
  Matches(const re2::RE2& expression, std::string_view text, std::size_t from)
      : expression_(expression), text_(text), at_(from) {}

  // The next one; nothing: there is none any more.
  std::optional<std::string_view> next() {
    if (at_ > text_.size()) return std::nullopt;
    StringPiece found;
    if (!expression_.Match(piece(text_), at_, text_.size(), re2::RE2::UNANCHORED, &found, 1)) {
      return std::nullopt;
    }
    const auto begin = static_cast<std::size_t>(found.data() - text_.data());
    at_ = begin + found.size();
    if (found.empty()) step();
    return text_.substr(begin, found.size());
  }

 private:
  // Behind a match of nothing, so that the next one is another.
  void step() {
    if (at_ == text_.size()) {
      ++at_;
      return;
    }
    std::string_view rest = text_.substr(at_);
    value::take_code_point(rest);
    at_ = text_.size() - rest.size();
  }

  const re2::RE2& expression_;
  std::string_view text_;
  std::size_t at_;
};

// Where the character of the argument begins, counted from 1. 3686.
Result<std::size_t> start_at(Args args, std::size_t from) {
  TRY(const std::int64_t place, integer_at(args, from));
  const Characters text = Characters::of(args[0]);
  if (place < 1 || static_cast<std::uint64_t>(place) > text.count() + 1) return error<3686>();
  return text.offset(static_cast<std::uint64_t>(place) - 1);
}

// The match of the number that the argument `which` says.
Result<std::optional<std::string_view>> find_match(const SingleCall& call, Args args,
                                                   std::size_t from, std::size_t type) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const re2::RE2* expression, expression_at(args, type));
  TRY(const std::size_t start, start_at(args, from));
  TRY(const std::int64_t which, integer_at(args, from + 1));
  Matches matches(*expression, text, start);
  std::optional<std::string_view> found;
  for (std::int64_t i = 0; i < std::max<std::int64_t>(which, 1); ++i) {
    TRY_STATUS(call.context.check());
    found = matches.next();
    if (!found) break;
  }
  return found;
}

Result<Value> like(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const re2::RE2* expression, expression_at(args, 2));
  TRY_STATUS(call.context.spend(text.size() / 64));
  return boolean(re2::RE2::PartialMatch(piece(text), *expression));
}

Result<Value> instr(const SingleCall& call, Args args) {
  TRY(const auto found, find_match(call, args, 2, 5));
  TRY(const std::int64_t end, integer_at(args, 4));
  if (end != 0 && end != 1) return error<1210>("regexp_instr: return_option must be 1 or 0.");
  if (!found) return integer(0);
  const std::string_view text = *string_at(args, 0);
  const auto begin = static_cast<std::size_t>(found->data() - text.data());
  const std::size_t at = end == 0 ? begin : begin + found->size();
  const Characters before(text.substr(0, at), args[0].type() == value::Type::bytes);
  return integer(static_cast<std::int64_t>(before.count() + 1));
}

Result<Value> substr(const SingleCall& call, Args args) {
  TRY(const auto found, find_match(call, args, 2, 4));
  return found ? string_like(args[0], *found) : Value();
}

// `$1` is a group, `\$` a dollar. False: there is no such group.
bool append_replacement(std::string_view with, std::span<const StringPiece> groups,
                        std::string& out) {
  for (std::size_t i = 0; i < with.size(); ++i) {
    const bool has_next = i + 1 < with.size();
    if (with[i] == '\\' && has_next) {
      out.push_back(with[++i]);
    } else if (with[i] == '$' && has_next && with[i + 1] >= '0' && with[i + 1] <= '9') {
      const auto group = static_cast<std::size_t>(with[++i] - '0');
      if (group >= groups.size()) return false;
      out.append(groups[group].data(), groups[group].size());
    } else {
      out.push_back(with[i]);
    }
  }
  return true;
}

// The match of the number `which`; 0: all.
Result<Value> replace(const SingleCall& call, Args args) {
  TRY(const std::string_view text, string_at(args, 0));
  TRY(const std::string_view with, string_at(args, 2));
  TRY(const re2::RE2* expression, expression_at(args, 5));
  TRY(const std::size_t start, start_at(args, 3));
  TRY(const std::int64_t which, integer_at(args, 4));
  constexpr std::size_t kMostGroups = 10;
  std::array<StringPiece, kMostGroups> groups;
  const auto count = static_cast<std::size_t>(
      std::min<int>(expression->NumberOfCapturingGroups() + 1, kMostGroups));
  Matches matches(*expression, text, start);
  std::string out;
  std::size_t done = 0;
  for (std::int64_t i = 1;; ++i) {
    TRY_STATUS(call.context.check());
    const auto found = matches.next();
    if (!found) break;
    if (which > 0 && i != which) continue;
    const auto begin = static_cast<std::size_t>(found->data() - text.data());
    TRY_STATUS(call.context.require(out.size() + begin - done + with.size()));
    out.append(text.substr(done, begin - done));
    expression->Match(piece(text), begin, text.size(), re2::RE2::ANCHOR_START, groups.data(),
                      static_cast<int>(count));
    if (!append_replacement(with, std::span(groups).first(count), out)) return error<3686>();
    done = begin + found->size();
    if (which > 0) break;
  }
  return string_like(args[0], out.append(text.substr(done)));
}

constexpr OperationRow kOperations[] = {
    strict(kLike, "sql.regexp_like", 4, like),
    strict(kInstr, "sql.regexp_instr", 7, instr),
    strict(kSubstr, "sql.regexp_substr", 6, substr),
    strict(kReplace, "sql.regexp_replace", 7, replace),
};

// The arguments as they are, then `numbers` for those that are not given, then the match type and
// the rule of case.
Result<Typed> make(CallBinder& call, std::uint16_t operation, std::size_t strings,
                   std::span<const std::int64_t> numbers, Type type) {
  const std::size_t type_at = strings + numbers.size();
  std::vector<Typed> arguments;
  for (std::size_t i = 0; i < std::min(call.size(), type_at + 1); ++i) {
    if (i < strings || i == type_at) {
      TRY_STATUS(call.to_string(i));
    } else {
      TRY_STATUS(call.to_integer(i));
    }
    arguments.push_back(call[i]);
  }
  CallBinder matched(call.name(), {call.argument(0), call.argument(1)}, call.context());
  bool case_counts = true;
  if (call.type(0).kind() != Kind::bytes && call.type(1).kind() != Kind::bytes) {
    TRY(const value::Collation* collation, matched.to_common_collation());
    case_counts = collation->ignores == value::Collation::Ignores::nothing;
  }
  for (std::size_t i = arguments.size(); i < type_at; ++i) {
    arguments.push_back(
        {algebra::constant(integer(numbers[i - strings])), never_null(big_integer())});
  }
  if (arguments.size() == type_at) {
    arguments.push_back({algebra::constant(Value::string("")), never_null(session_text(call, 0))});
  }
  arguments.push_back({algebra::constant(integer(case_counts ? 1 : 0)), never_null(big_integer())});
  return call.make_of(operation, std::move(arguments), std::move(type));
}

Result<Typed> bind_like(CallBinder& call) {
  return make(call, kLike, 2, {}, never_null(boolean_type()));
}

Result<Typed> bind_instr(CallBinder& call) {
  constexpr std::int64_t kOtherwise[] = {1, 1, 0};
  return make(call, kInstr, 2, kOtherwise, never_null(big_integer(false, 21)));
}

Result<Typed> bind_substr(CallBinder& call) {
  constexpr std::int64_t kOtherwise[] = {1, 1};
  TRY_STATUS(call.to_string(0));
  Type type = with_null(string_type(call.type(0), call.type(0).width), true);
  return make(call, kSubstr, 2, kOtherwise, std::move(type));
}

Result<Typed> bind_replace(CallBinder& call) {
  constexpr std::int64_t kOtherwise[] = {1, 0};
  TRY_STATUS(call.to_string(0));
  return make(call, kReplace, 3, kOtherwise, string_type(call.type(0), kMaxWidth));
}

constexpr NameRow kNames[] = {
    {"REGEXP_INSTR", 2, 6, bind_instr},
    {"REGEXP_LIKE", 2, 3, bind_like},
    {"REGEXP_REPLACE", 3, 6, bind_replace},
    {"REGEXP_SUBSTR", 2, 5, bind_substr},
};

}  // namespace

std::span<const OperationRow> regexp_operations() { return kOperations; }
std::span<const NameRow> regexp_names() { return kNames; }

}  // namespace octavo::sql
