// Strings. Positions of `match` are bytes, `split("")` counts characters with their combining
// marks, white space is Unicode's.

#include <fmt/format.h>
#include <re2/re2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "base/ascii.h"
#include "dialect/reql/error.h"
#include "dialect/reql/messages.h"
#include "dialect/reql/read/term.h"
#include "dialect/reql/text/json_out.h"
#include "function/family.h"

namespace octavo::reql {
namespace {

// The code point at `at`, which moves past it. Strings of ours are valid UTF-8.
std::int32_t next_code_point(std::string_view text, std::size_t& at) {
  std::int32_t code_point = 0;
  auto index = static_cast<std::int64_t>(at);
  U8_NEXT(text.data(), index, static_cast<std::int64_t>(text.size()), code_point);
  at = static_cast<std::size_t>(index);
  return code_point;
}

bool is_space(std::int32_t code_point) { return u_isUWhiteSpace(code_point) != 0; }

bool is_combining(std::int32_t code_point) {
  return (U_GET_GC_MASK(code_point) & U_GC_M_MASK) != 0;
}

// --- match ---

// A compiled expression, kept per thread: a filter runs the same one over every row.
std::shared_ptr<const re2::RE2> compile(std::string_view pattern) {
  thread_local std::string last_pattern;
  thread_local std::shared_ptr<const re2::RE2> last;
  if (last == nullptr || last_pattern != pattern) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    last =
        std::make_shared<const re2::RE2>(re2::StringPiece(pattern.data(), pattern.size()), options);
    last_pattern = pattern;
  }
  return last;
}

Value describe_group(std::string_view text, const re2::StringPiece& group) {
  const auto start = static_cast<double>(group.data() - text.data());
  return make_object({{"end", number(start + static_cast<double>(group.size()))},
                      {"start", number(start)},
                      {"str", string(std::string_view(group.data(), group.size()))}});
}

Result<Val> match(Env& env, Args& args) {
  TRY(const Value subject, args.string(0));
  TRY(const Value pattern, args.string(1));
  const std::shared_ptr<const re2::RE2> expression = compile(pattern.as_string());
  if (!expression->ok()) {
    return fail_logic(fmt::format("Error in regexp `{}` (portion `{}`): {}", pattern.as_string(),
                                  expression->error_arg(), expression->error()));
  }
  const std::string_view text = subject.as_string();
  // Compiling it, and in the worst case all of its states for each byte.
  const auto states = static_cast<std::uint64_t>(expression->ProgramSize());
  TRY_STATUS(env.spend(states * (1 + text.size() / 256)));
  std::vector<re2::StringPiece> found(
      static_cast<std::size_t>(expression->NumberOfCapturingGroups()) + 1);
  if (!expression->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(),
                         re2::RE2::UNANCHORED, found.data(), static_cast<int>(found.size()))) {
    return Val(Value::null());
  }
  std::vector<Value> groups;
  for (std::size_t i = 1; i < found.size(); ++i) {
    groups.push_back(found[i].data() == nullptr ? Value::null() : describe_group(text, found[i]));
  }
  const Value whole = describe_group(text, found[0]);
  return Val(make_object({{"end", *whole.find("end")},
                          {"groups", Value::array(std::move(groups))},
                          {"start", *whole.find("start")},
                          {"str", *whole.find("str")}}));
}

// --- split: as Python does it, but that "" is a separator too ---

constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();

std::size_t skip_spaces(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    std::size_t next = at;
    if (!is_space(next_code_point(text, next))) break;
    at = next;
  }
  return at;
}

std::size_t find_space(std::string_view text, std::size_t at) {
  while (at < text.size()) {
    std::size_t next = at;
    if (is_space(next_code_point(text, next))) break;
    at = next;
  }
  return at;
}

// Runs of white space separate; what is left after `limit` splits keeps its trailing white space.
std::vector<std::string_view> split_words(std::string_view text, std::size_t limit) {
  std::vector<std::string_view> parts;
  for (std::size_t at = skip_spaces(text, 0); at < text.size(); at = skip_spaces(text, at)) {
    const std::size_t end = parts.size() == limit ? text.size() : find_space(text, at);
    parts.push_back(text.substr(at, end - at));
    at = end;
  }
  return parts;
}

std::vector<std::string_view> split_characters(std::string_view text, std::size_t limit) {
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t end = text.size();
    if (parts.size() != limit) {
      end = at;
      next_code_point(text, end);
      for (std::size_t next = end; next < text.size(); end = next) {
        if (!is_combining(next_code_point(text, next))) break;
      }
    }
    parts.push_back(text.substr(at, end - at));
    at = end;
  }
  return parts;
}

std::vector<std::string_view> split_at(std::string_view text, std::string_view separator,
                                       std::size_t limit) {
  std::vector<std::string_view> parts;
  std::size_t at = 0;
  while (parts.size() != limit) {
    const std::size_t end = text.find(separator, at);
    if (end == std::string_view::npos) break;
    parts.push_back(text.substr(at, end - at));
    at = end + separator.size();
  }
  parts.push_back(text.substr(at));
  return parts;
}

Result<Val> split(Env& env, Args& args) {
  TRY(const Value subject, args.string(0));
  Value separator;
  if (args.size() > 1) {
    TRY(separator, args.datum(1));
    if (!separator.is_null() && !separator.is_string()) {
      return args.at(1, type_error("STRING", separator));
    }
  }
  std::size_t limit = kNoLimit;
  if (args.size() > 2) {
    TRY(const std::int64_t wanted, args.integer(2));
    const auto most = static_cast<std::int64_t>(env.array_limit()) - 1;
    if (wanted < -1 || wanted > most) {
      return fail_logic(
          fmt::format("Error: `split` size argument must be in range [-1, {}].", most));
    }
    if (wanted >= 0) limit = static_cast<std::size_t>(wanted);
  }
  const std::string_view text = subject.as_string();
  // One part more than an array may have is enough to know.
  limit = std::min(limit, env.array_limit());
  // Parts are found before they are made: at worst one a byte.
  value::Charge charge(env.context().account);
  TRY_STATUS(charge.add(std::min(text.size(), limit) * sizeof(std::string_view)));
  std::vector<std::string_view> parts;
  if (separator.is_null()) {
    parts = split_words(text, limit);
  } else if (separator.as_string().empty()) {
    parts = split_characters(text, limit);
  } else {
    parts = split_at(text, separator.as_string(), limit);
  }
  if (parts.size() > env.array_limit()) return fail(array_too_large(env.array_limit()));
  std::vector<Value> elements;
  elements.reserve(parts.size());
  for (const std::string_view part : parts) elements.push_back(string(part));
  TRY(Value array, make_array(std::move(elements), env.array_limit()));
  return Val(std::move(array));
}

// --- case ---

// ASCII letters only, whatever the locale: what RethinkDB does and clients' data relies on.
template <char (*kChange)(char)>
Result<Val> change_case(Env& env, Args& args) {
  TRY(const Value subject, args.string(0));
  value::Charge held(env.context().account);  // for the text, beside the value made of it
  TRY_STATUS(env.context().require(2 * subject.as_string().size()));
  TRY_STATUS(held.add(subject.as_string().size()));
  std::string text(subject.as_string());
  std::ranges::transform(text, text.begin(), kChange);
  return Val(string(text));
}

// --- format: "{name}" stands for a field ---

Status append_field(const Value& fields, std::string_view name, std::string& out,
                    value::Charge& charge) {
  const Value* field = fields.find(name);
  if (field == nullptr) return missing_attribute(name, fields);
  if (!field->is_string()) return write_json(*field, out, &charge);
  TRY_STATUS(charge.make_room(out, field->as_string().size()));
  out += field->as_string();
  return {};
}

Result<std::string> fill_template(Env& env, std::string_view pattern, const Value& fields,
                                  value::Charge& charge) {
  std::string out;
  std::size_t tag = std::string_view::npos;  // where the open tag's name starts
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool in_tag = tag != std::string_view::npos;
    if (c == '{') {
      if (in_tag) return fail_logic("Nested template parameters are not allowed");
      tag = i + 1;
    } else if (c == '}') {
      if (!in_tag) return fail_logic("No parameter tags to close");
      const std::size_t before = out.size();
      TRY_STATUS(append_field(fields, pattern.substr(tag, i - tag), out, charge));
      TRY_STATUS(env.check());
      TRY_STATUS(env.spend(1 + (out.size() - before) / 64));
      tag = std::string_view::npos;
    } else if (!in_tag) {
      out += c;
    } else if (c == ',') {
      return fail_logic("Formatting separator `,` is not allowed in parameter name");
    } else if (c == '\\') {
      return fail_logic("Reserved escape character `\\` is not allowed in parameter name");
    }
  }
  if (tag != std::string_view::npos) return fail_logic("Parameter tag must be closed");
  return out;
}

Result<Val> format(Env& env, Args& args) {
  TRY(const Value pattern, args.string(0));
  TRY(const Value fields, args.object(1));
  value::Charge charge(env.context().account);
  TRY_STATUS(charge.add(pattern.as_string().size()));
  TRY(const std::string text, fill_template(env, pattern.as_string(), fields, charge));
  return Val(string(text));
}

constexpr Term kTerms[] = {
    {97, "match", 2, 2, {}, kScalar, match},
    {149, "split", 1, 3, {}, kScalar, split},
    {141, "upcase", 1, 1, {}, kScalar, change_case<to_upper>},
    {142, "downcase", 1, 1, {}, kScalar, change_case<to_lower>},
    {197, "format", 2, 2, {}, kScalar, format},
};

}  // namespace

std::span<const Term> string_terms() { return kTerms; }

}  // namespace octavo::reql
