#include "dialect/mongodb/javascript/script.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/javascript/environment.h"
#include "dialect/mongodb/type/type.h"

namespace octavo::mongodb {
namespace {

using value::Type;
using value::Value;

std::atomic<bool> allowed{true};

// What the machine says of a name that nobody defined, as others say it.
std::string reworded(const std::string& text) {
  constexpr std::string_view kBefore = "ReferenceError: identifier '";
  constexpr std::string_view kAfter = "' undefined";
  if (!text.starts_with(kBefore) || !text.ends_with(kAfter)) return text;
  const std::size_t length = text.size() - kBefore.size() - kAfter.size();
  return fmt::format("ReferenceError: {} is not defined", text.substr(kBefore.size(), length));
}

// As MongoDB shows what a script has thrown.
Error failure(const javascript::Uncaught& thrown) {
  if (thrown.is_limit) {
    return error(ErrorCode::js_interpreter_failure, "{}", thrown.text).error();
  }
  if (!thrown.is_error) {
    return error(ErrorCode::js_interpreter_failure, "uncaught exception: {}", thrown.text).error();
  }
  return error(ErrorCode::js_interpreter_failure, "{} :\n@:{}\n", reworded(thrown.text),
               thrown.line)
      .error();
}

std::string_view without_space(std::string_view code) {
  const std::size_t begin = code.find_first_not_of(" \t\r\n\v\f");
  return begin == std::string_view::npos ? std::string_view() : code.substr(begin);
}

bool begins_with_function(std::string_view code) {
  constexpr std::string_view kWord = "function";
  return code.starts_with(kWord) && code.size() > kWord.size() &&
         std::string_view(" (\t\r\n/*").find(code[kWord.size()]) != std::string_view::npos;
}

// Words that statements begin with, which give no value.
bool begins_with_statement(std::string_view code) {
  constexpr std::string_view kWords[] = {"while", "for",   "do",     "if",    "var",
                                         "try",   "throw", "switch", "const", "{"};
  return std::ranges::any_of(kWords, [code](std::string_view word) {
    constexpr std::string_view kBehind = " (\t{";
    return code.starts_with(word) &&
           (word == "{" || (code.size() > word.size() &&
                            kBehind.find(code[word.size()]) != std::string_view::npos));
  });
}

bool has_return(std::string_view code) {
  constexpr std::string_view kWord = "return";
  const std::size_t at = code.find(kWord);
  if (at == std::string_view::npos) return false;
  const auto part_of_word = [&](std::size_t i) {
    if (i >= code.size()) return false;
    const auto c = static_cast<unsigned char>(code[i]);
    return (c | 0x20U) - 'a' < 26U || c - '0' < 10U || c == '_' || c == '$';
  };
  return (at == 0 || !part_of_word(at - 1)) && !part_of_word(at + kWord.size());
}

}  // namespace

const javascript::Environment& script_environment() {
  static const javascript::Environment kEnvironment{.source = script_globals(),
                                                    .types = script_types(),
                                                    .natives = script_natives(),
                                                    .simplified = as_bson,
                                                    .failure = failure};
  return kEnvironment;
}

bool scripts_allowed() { return allowed.load(std::memory_order_relaxed); }
void allow_scripts(bool now_allowed) { allowed.store(now_allowed, std::memory_order_relaxed); }

Status check_scripts_allowed() {
  if (scripts_allowed()) return {};
  return error(31264, "Cannot run server-side javascript without the javascript engine enabled");
}

bool is_code(const Value& code) {
  return code.is_string() ||
         (code.type() == Type::javascript && code.javascript_scope() == nullptr);
}

std::string_view code_of(const Value& code) {
  return code.is_string() ? code.as_string() : code.javascript_code();
}

std::string function_source(std::string_view code) {
  code = without_space(code);
  if (begins_with_function(code)) return std::string(code);
  const std::size_t semicolon = code.find(';');
  const bool expression = code.find('\n') == std::string_view::npos && !has_return(code) &&
                          !begins_with_statement(code) &&
                          (semicolon == std::string_view::npos || semicolon + 1 == code.size());
  return fmt::format("function () {{ {}{}\n}}", expression ? "return " : "", code);
}

Value make_script(const Value& globals, std::span<const std::string_view> codes) {
  std::vector<std::string> sources;
  for (const std::string_view code : codes) sources.push_back(function_source(code));
  return javascript::make_program(globals, sources);
}

Result<Value> call_script(const Value& program, const javascript::FunctionCall& call,
                          function::EvalContext& context) {
  TRY_STATUS(check_scripts_allowed());
  return javascript::call(script_environment(), program, call, context);
}

Result<bool> call_script_truth(const Value& program, const javascript::FunctionCall& call,
                               function::EvalContext& context) {
  TRY_STATUS(check_scripts_allowed());
  return javascript::call_truth(script_environment(), program, call, context);
}

Result<std::vector<Value>> call_script_emits(const Value& program,
                                             const javascript::FunctionCall& call,
                                             function::EvalContext& context) {
  TRY_STATUS(check_scripts_allowed());
  std::vector<Value> emitted;
  TRY_STATUS(javascript::call(script_environment(), program, call, context, &emitted));
  return emitted;
}

}  // namespace octavo::mongodb
