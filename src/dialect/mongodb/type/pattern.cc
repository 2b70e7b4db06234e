#include "dialect/mongodb/type/pattern.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <list>
#include <unordered_map>
#include <utility>

// Of the library's three widths that of bytes.
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "dialect/mongodb/error/error.h"

namespace octavo::mongodb {

struct Pattern::Compiled {
  Compiled(std::string pattern, std::string options, pcre2_code* code)
      : pattern(std::move(pattern)), options(std::move(options)), code(code) {}
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() { pcre2_code_free(code); }

  std::string pattern;
  std::string options;
  pcre2_code* code;
};

namespace {

// Steps of one match, levels of nesting, and kibibytes: what a pattern that goes wrong may cost.
constexpr std::uint32_t kMostSteps = 5'000'000;
constexpr std::uint32_t kMostDepth = 100'000;
constexpr std::uint32_t kMostKibibytes = 64 * 1'024;
// Of compiled patterns, whose limits of depth and memory are these.
constexpr std::size_t kLeastStackBytes = 32UL * 1'024;
constexpr std::size_t kMostStackBytes = 32UL * 1'024 * 1'024;
constexpr std::size_t kLongestPattern = 32'764;
constexpr std::size_t kKept = 256;  // compiled patterns of a thread

struct OptionRow {
  char letter;
  std::uint32_t bit;
};
constexpr OptionRow kOptions[] = {
    {'i', PCRE2_CASELESS},
    {'m', PCRE2_MULTILINE},
    {'x', PCRE2_EXTENDED},
    {'s', PCRE2_DOTALL},
    {'u', 0},
};

// Limits and working memory of a thread's matches.
class Matcher {
 public:
  Matcher()
      : context_(pcre2_match_context_create(nullptr)),
        stack_(pcre2_jit_stack_create(kLeastStackBytes, kMostStackBytes, nullptr)) {
    pcre2_jit_stack_assign(context_, nullptr, stack_);
    pcre2_set_match_limit(context_, kMostSteps);
    pcre2_set_depth_limit(context_, kMostDepth);
    pcre2_set_heap_limit(context_, kMostKibibytes);
  }
  Matcher(const Matcher&) = delete;
  Matcher& operator=(const Matcher&) = delete;
  ~Matcher() {
    pcre2_match_data_free(data_);
    pcre2_match_context_free(context_);
    pcre2_jit_stack_free(stack_);
  }

  // Number of groups that were set, PCRE2_ERROR_NOMATCH, or another error.
  int run(const pcre2_code* code, std::string_view subject, std::size_t from) {
    std::uint32_t groups = 0;
    pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
    if (data_ == nullptr || pcre2_get_ovector_count(data_) < groups + 1) {
      pcre2_match_data_free(data_);
      data_ = pcre2_match_data_create(groups + 1, nullptr);
    }
    return pcre2_match(code, reinterpret_cast<PCRE2_SPTR>(subject.data()), subject.size(), from, 0,
                       data_, context_);
  }
  std::optional<Pattern::Range> group(std::size_t i) const {
    const PCRE2_SIZE* const ends = pcre2_get_ovector_pointer(data_);
    if (ends[2 * i] == PCRE2_UNSET) return std::nullopt;
    // \K in a lookahead may set the beginning after the end.
    return Pattern::Range{.begin = std::min(ends[2 * i], ends[2 * i + 1]), .end = ends[2 * i + 1]};
  }

 private:
  pcre2_match_context* context_;
  pcre2_jit_stack* stack_;
  pcre2_match_data* data_ = nullptr;
};

Matcher& matcher() {
  thread_local Matcher of_thread;
  return of_thread;
}

std::size_t count_groups(const pcre2_code* code) {
  std::uint32_t groups = 0;
  pcre2_pattern_info(code, PCRE2_INFO_CAPTURECOUNT, &groups);
  return groups;
}

std::string message_of(int code) {
  std::array<PCRE2_UCHAR, 256> text{};
  pcre2_get_error_message(code, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

Result<std::shared_ptr<const Pattern::Compiled>> compile_new(std::string_view pattern,
                                                             std::string_view options) {
  // Strings of other protocols may be no UTF-8: what is not matches nothing.
  std::uint32_t bits = PCRE2_UTF | PCRE2_MATCH_INVALID_UTF;
  for (const char letter : options) {
    const auto* const row = std::ranges::find(kOptions, letter, &OptionRow::letter);
    if (row == std::end(kOptions)) {
      return error(51108, "invalid flag in regex options: {}", letter);
    }
    bits |= row->bit;
  }
  if (pattern.find('\0') != pattern.npos) {
    return error(51109, "Regular expression cannot contain an embedded null byte");
  }
  if (pattern.size() > kLongestPattern) {
    return error(51091, "Regular expression is invalid: regular expression is too large");
  }
  int fault = 0;
  PCRE2_SIZE at = 0;
  pcre2_code* code = pcre2_compile(reinterpret_cast<PCRE2_SPTR>(pattern.data()), pattern.size(),
                                   bits, &fault, &at, nullptr);
  if (code == nullptr) {
    return error(51091, "Regular expression is invalid: {}", message_of(fault));
  }
  // Without it (the platform has none, or memory is short) matches are only slower.
  (void)pcre2_jit_compile(code, PCRE2_JIT_COMPLETE);
  return std::make_shared<const Pattern::Compiled>(std::string(pattern), std::string(options),
                                                   code);
}

// A thread's last ones, the latest first.
class Kept {
 public:
  std::shared_ptr<const Pattern::Compiled> find(const std::string& key) {
    const auto found = by_key_.find(key);
    if (found == by_key_.end()) return nullptr;
    latest_.splice(latest_.begin(), latest_, found->second);
    return found->second->second;
  }
  void keep(std::string key, std::shared_ptr<const Pattern::Compiled> compiled) {
    latest_.emplace_front(key, std::move(compiled));
    by_key_[std::move(key)] = latest_.begin();
    if (latest_.size() <= kKept) return;
    by_key_.erase(latest_.back().first);
    latest_.pop_back();
  }

 private:
  using Entry = std::pair<std::string, std::shared_ptr<const Pattern::Compiled>>;
  std::list<Entry> latest_;
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
};

bool is_special(char c) { return std::string_view("\\^$.[]|()?*+{}").find(c) != std::string::npos; }

}  // namespace

Result<Pattern> Pattern::compile(std::string_view pattern, std::string_view options) {
  thread_local Kept kept;
  std::string key;
  key.append(options).append("/").append(pattern);
  if (auto found = kept.find(key)) return Pattern(std::move(found));
  TRY(std::shared_ptr<const Compiled> compiled, compile_new(pattern, options));
  kept.keep(std::move(key), compiled);
  return Pattern(std::move(compiled));
}

Result<std::optional<Pattern::Match>> Pattern::find(std::string_view subject,
                                                    std::size_t from) const {
  Matcher& running = matcher();
  const int groups = running.run(compiled_->code, subject, from);
  if (groups == PCRE2_ERROR_NOMATCH) return std::optional<Match>();
  if (groups < 0) {
    return error(51156, "Error occurred while executing the regular expression. Result code: {}",
                 groups);
  }
  Match match{.whole = *running.group(0), .groups = {}};
  const std::size_t count = count_groups(compiled_->code);
  match.groups.resize(count);
  for (std::size_t i = 1; i <= count; ++i) match.groups[i - 1] = running.group(i);
  return std::optional<Match>(std::move(match));
}

Result<bool> Pattern::matches(std::string_view subject) const {
  const int groups = matcher().run(compiled_->code, subject, 0);
  if (groups == PCRE2_ERROR_NOMATCH) return false;
  if (groups < 0) {
    return error(51156, "Error occurred while executing the regular expression. Result code: {}",
                 groups);
  }
  return true;
}

std::optional<Pattern::Prefix> Pattern::prefix() const {
  std::string_view rest = compiled_->pattern;
  for (const char letter : compiled_->options) {
    if (letter != 's' && letter != 'u') return std::nullopt;
  }
  if (rest.starts_with("\\A")) {
    rest.remove_prefix(2);
  } else if (rest.starts_with('^')) {
    rest.remove_prefix(1);
  } else {
    return std::nullopt;
  }
  // An alternative anywhere may begin otherwise.
  if (rest.find('|') != rest.npos) return std::nullopt;
  Prefix prefix;
  while (!rest.empty()) {
    std::size_t length = 1;
    char c = rest.front();
    if (c == '\\' && rest.size() > 1 && is_special(rest[1])) {
      c = rest[1];
      length = 2;
    } else if (is_special(c)) {
      break;
    }
    rest.remove_prefix(length);
    prefix.text.push_back(c);
  }
  // What a quantifier says of the last character: it may be missing or repeated.
  if (!rest.empty() && std::string_view("?*{").find(rest.front()) != std::string_view::npos) {
    while (!prefix.text.empty() &&
           (static_cast<unsigned char>(prefix.text.back()) & 0xc0U) == 0x80U) {
      prefix.text.pop_back();
    }
    if (!prefix.text.empty()) prefix.text.pop_back();
  }
  if (prefix.text.empty()) return std::nullopt;
  prefix.whole = rest.empty() || rest == ".*";
  return prefix;
}

}  // namespace octavo::mongodb
