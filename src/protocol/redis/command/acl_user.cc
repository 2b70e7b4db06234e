#include "protocol/redis/acl_user.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/crypto.h"
#include "base/text.h"
#include "catalog/keyspace_rules.h"
#include "keyspace/arguments.h"
#include "keyspace/sort_arguments.h"
#include "keyspace/type/glob.h"
#include "protocol/redis/command/command_description.h"
#include "protocol/redis/command/subcommand_rows.h"
#include "protocol/redis/commands.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::CommandSpec;
using keyspace::is_word;

constexpr std::string_view kUnknownCommand = "Unknown command or category name in ACL";
constexpr std::string_view kSyntax = "Syntax error";
constexpr std::string_view kOfSubcommand = "Allowing first-arg of a subcommand is not supported";
constexpr std::string_view kKeysAreAll =
    "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have "
    "any effect. Try 'resetkeys' to start with an empty list of patterns";
constexpr std::string_view kChannelsAreAll =
    "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not "
    "have any effect. Try 'resetchannels' to start with an empty list of channels";
constexpr std::string_view kNoSuchPassword =
    "The password you are trying to remove from the user does not exist";
constexpr std::string_view kBadHash =
    "The password hash must be exactly 64 characters and contain only lowercase hexadecimal "
    "characters";
// Of text that is stored: the password of the user store counts.
constexpr std::string_view kOwnPassword = "own-password";
constexpr std::size_t kHashDigits = 64;

class Rows {
 public:
  Rows() {
    for (const CommandSpec* spec : all_commands().all()) {
      if (spec->has(keyspace::kInternal)) continue;
      add(*spec);
      for (const CommandSpec& one : subcommand_rows(*spec)) add(one);
    }
  }
  const std::vector<const CommandSpec*>& all() const { return all_; }
  std::size_t number_of(const CommandSpec& row) const {
    const auto found = numbers_.find(&row);
    return found == numbers_.end() ? all_.size() : found->second;
  }

 private:
  void add(const CommandSpec& row) {
    numbers_.emplace(&row, all_.size());
    all_.push_back(&row);
  }
  std::vector<const CommandSpec*> all_;
  std::unordered_map<const CommandSpec*, std::size_t> numbers_;
};

const Rows& rows() {
  static const Rows all;
  return all;
}

bool has_blanks(std::string_view text) {
  return std::ranges::any_of(
      text, [](char c) { return c == ' ' || c == '\0' || (c >= '\t' && c <= '\r'); });
}

std::string lower_case(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

bool is_hash(std::string_view text) {
  return text.size() == kHashDigits && std::ranges::all_of(text, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

std::string hash_of(std::string_view password) { return format_hex(sha256(password)); }

// Which arguments name channels.
struct Channels {
  std::string_view command;
  std::size_t last;  // behind the first; 0: all
  bool patterns = false;
};
constexpr Channels kChannels[] = {
    {"publish", 1}, {"spublish", 1}, {"subscribe", 0}, {"ssubscribe", 0}, {"psubscribe", 0, true}};

const Channels* channels_of(const CommandSpec& spec) {
  const auto* const found = std::ranges::find(kChannels, spec.name, &Channels::command);
  return found == std::end(kChannels) ? nullptr : found;
}

// What words among the arguments say about the use of the key.
struct UseByWords {
  std::string_view command;
  std::size_t first;  // argument that may be such a word
  std::string_view words[2];
  keyspace::KeyUse with;
  keyspace::KeyUse without;
};
constexpr UseByWords kUseByWords[] = {
    {"set",
     3,
     {"get", "get"},
     keyspace::use::kRW | keyspace::use::kAccess | keyspace::use::kUpdate,
     keyspace::use::kOW | keyspace::use::kUpdate},
    {"bitfield",
     2,
     {"set", "incrby"},
     keyspace::use::kRW | keyspace::use::kAccess | keyspace::use::kUpdate,
     keyspace::use::kRO | keyspace::use::kAccess},
};

}  // namespace

std::size_t row_count() { return rows().all().size(); }
std::size_t row_number(const CommandSpec& row) { return rows().number_of(row); }

keyspace::KeyUse key_use(const CommandSpec& spec, Args args, std::size_t key) {
  const auto* const row = std::ranges::find(kUseByWords, spec.name, &UseByWords::command);
  if (row == std::end(kUseByWords)) return key == 0 ? spec.first_use : spec.rest_use;
  const bool said = args.size() > row->first &&
                    std::ranges::any_of(args.subspan(row->first), [&](std::string_view argument) {
                      return is_word(argument, row->words[0]) || is_word(argument, row->words[1]);
                    });
  return said ? row->with : row->without;
}

// --- Selectors ---

void AclSelector::set(const CommandSpec& spec, bool allowed) {
  commands_.resize(row_count(), all_commands_);
  commands_[row_number(spec)] = allowed;
  for (const CommandSpec& one : subcommand_rows(spec)) commands_[row_number(one)] = allowed;
  std::erase_if(first_arguments_, [&](const FirstArgument& one) { return one.row == &spec; });
}

// What a rule says takes the place of what earlier ones said about the same, and about its parts.
void AclSelector::note(std::string_view rule) {
  const std::string_view name = rule.substr(1);
  std::erase_if(rules_, [&](const std::string& earlier) {
    const std::string_view other = std::string_view(earlier).substr(1);
    return other == name || (other.starts_with(name) && other.substr(name.size()).starts_with('|'));
  });
  rules_.push_back(lower_case(rule));
}

std::string_view AclSelector::apply_command(std::string_view rule) {
  const bool allowed = rule[0] == '+';
  const std::string_view name = rule.substr(1);
  if (is_word(name, "@all")) {
    commands_.clear();
    first_arguments_.clear();
    rules_.clear();
    all_commands_ = allowed;
    return {};
  }
  if (name.starts_with('@')) {
    const std::string category = lower_case(name.substr(1));
    const auto known = all_categories();
    if (std::ranges::find(known, category) == known.end()) return kUnknownCommand;
    for (const CommandSpec* row : rows().all()) {
      const auto of_row = command_categories(*row);
      if (std::ranges::find(of_row, category) != of_row.end()) set(*row, allowed);
    }
    note(rule);
    return {};
  }
  const CommandSpec* row = find_described(name);
  if (row == nullptr && allowed && name.find('|') != std::string_view::npos) {
    const std::size_t bar = name.rfind('|');
    const CommandSpec* command = find_described(name.substr(0, bar));
    const std::string_view word = name.substr(bar + 1);
    if (command == nullptr) return kUnknownCommand;
    if (command->name.find('|') != std::string_view::npos) return kOfSubcommand;
    if (word.empty()) return kSyntax;
    if (!command->subcommands.empty()) return kUnknownCommand;
    first_arguments_.push_back({command, lower_case(word)});
    note(rule);
    return {};
  }
  if (row == nullptr) return kUnknownCommand;
  const std::vector<bool> before = commands_;
  const bool had_words = !first_arguments_.empty();
  commands_.resize(row_count(), all_commands_);
  const std::vector<bool> unchanged = commands_;
  set(*row, allowed);
  // What changes nothing is not worth telling.
  if (commands_ == unchanged && !had_words) {
    commands_ = before;
    return {};
  }
  note(rule);
  return {};
}

std::string_view AclSelector::apply_key(std::string_view rule) {
  if (all_keys_) return kKeysAreAll;
  KeyPattern added;
  std::size_t at = 1;
  if (rule[0] == '~') {
    added.read = added.write = true;
  } else {
    for (; at < rule.size() && rule[at] != '~'; ++at) {
      const char letter = rule[at];
      if ((letter == 'R' || letter == 'r') && !added.read) {
        added.read = true;
      } else if ((letter == 'W' || letter == 'w') && !added.write) {
        added.write = true;
      } else {
        return kSyntax;
      }
    }
    if (at == rule.size() || (!added.read && !added.write)) return kSyntax;
    ++at;
  }
  added.pattern = rule.substr(at);
  if (has_blanks(added.pattern)) return kSyntax;
  const auto same = std::ranges::find(keys_, added.pattern, &KeyPattern::pattern);
  if (same == keys_.end()) {
    keys_.push_back(std::move(added));
  } else {
    same->read = same->read || added.read;
    same->write = same->write || added.write;
  }
  return {};
}

std::string_view AclSelector::apply(std::string_view rule) {
  if (is_word(rule, "allkeys") || rule == "~*") {
    all_keys_ = true;
    keys_.clear();
  } else if (is_word(rule, "resetkeys")) {
    all_keys_ = false;
    keys_.clear();
  } else if (is_word(rule, "allchannels") || rule == "&*") {
    all_channels_ = true;
    channels_.clear();
  } else if (is_word(rule, "resetchannels")) {
    all_channels_ = false;
    channels_.clear();
  } else if (is_word(rule, "allcommands")) {
    return apply_command("+@all");
  } else if (is_word(rule, "nocommands")) {
    return apply_command("-@all");
  } else if (rule.starts_with('~') || rule.starts_with('%')) {
    return apply_key(rule);
  } else if (rule.starts_with('&')) {
    if (all_channels_) return kChannelsAreAll;
    if (has_blanks(rule)) return kSyntax;
    const std::string_view name = rule.substr(1);
    if (std::ranges::find(channels_, name) == channels_.end()) channels_.emplace_back(name);
  } else if (rule.starts_with('+') || rule.starts_with('-')) {
    return apply_command(rule);
  } else {
    return kSyntax;
  }
  return {};
}

bool AclSelector::allows(const CommandSpec& row) const {
  const std::size_t number = row_number(row);
  return number < commands_.size() ? commands_[number] : all_commands_;
}

bool AclSelector::reads_all_keys() const {
  return all_keys_ || std::ranges::any_of(keys_, [](const KeyPattern& one) {
           return one.read && one.pattern == "*";
         });
}

bool AclSelector::allows_key(std::string_view key, keyspace::KeyUse use) const {
  namespace bits = keyspace::use;
  const bool reads = (use & bits::kAccess) != 0;
  const bool writes = (use & (bits::kUpdate | bits::kInsert | bits::kDelete)) != 0;
  return std::ranges::any_of(keys_, [&](const KeyPattern& one) {
    if ((reads && !one.read) || (writes && !one.write)) return false;
    return keyspace::glob_matches(one.pattern, key);
  });
}

bool AclSelector::allows_channel(std::string_view name, bool is_pattern) const {
  if (all_channels_) return true;
  return std::ranges::any_of(channels_, [&](const std::string& one) {
    return is_pattern ? one == name : keyspace::glob_matches(one, name);
  });
}

AclSelector::Judgement AclSelector::judge(const CommandSpec& spec, const CommandSpec& row,
                                          Args args) const {
  if (!allows(row) && !spec.has(keyspace::kNoAuth)) {
    const bool by_word = std::ranges::any_of(first_arguments_, [&](const FirstArgument& one) {
      return one.row == &spec && args.size() > 1 && is_word(args[1], one.word);
    });
    if (!by_word) return {Denied::command, 0};
  }
  if (!all_keys_) {
    const auto positions = keyspace::key_positions(row, args);
    for (std::size_t i = 0; i < positions.size(); ++i) {
      if (!allows_key(args[positions[i]], key_use(spec, args, i)))
        return {Denied::key, positions[i]};
    }
  }
  if (!all_channels_) {
    const Channels* const named = channels_of(spec);
    for (std::size_t at = 1; named != nullptr && at < args.size(); ++at) {
      if (named->last != 0 && at > named->last) break;
      if (!allows_channel(args[at], named->patterns)) return {Denied::channel, at};
    }
  }
  return {};
}

std::string AclSelector::commands() const {
  std::string out = all_commands_ ? "+@all" : "-@all";
  for (const std::string& rule : rules_) out += " " + rule;
  return out;
}

std::string AclSelector::keys() const {
  if (all_keys_) return "~*";
  std::string out;
  for (const KeyPattern& one : keys_) {
    if (!out.empty()) out += ' ';
    if (!one.read || !one.write) out += one.read ? "%R" : "%W";
    out += "~" + one.pattern;
  }
  return out;
}

std::string AclSelector::channels() const {
  if (all_channels_) return "&*";
  std::string out;
  for (const std::string& one : channels_) out += (out.empty() ? "&" : " &") + one;
  return out;
}

std::string AclSelector::text() const {
  std::string out = keys();
  if (!out.empty()) out += ' ';
  if (!all_channels_) out += "resetchannels ";
  const std::string named = channels();
  if (!named.empty()) out += named + " ";
  return out + commands();
}

// --- Users ---

AclUser AclUser::made_elsewhere() {
  AclUser out;
  out.enabled_ = true;
  out.own_password_ = true;
  for (const std::string_view rule : {"~*", "&*", "+@all"}) out.root_.apply(rule);
  return out;
}

AclUser AclUser::from_text(std::string_view rules) {
  std::vector<std::string_view> words;
  while (!rules.empty()) {
    const std::size_t end = std::min(rules.find(' '), rules.size());
    if (end > 0) words.push_back(rules.substr(0, end));
    rules.remove_prefix(std::min(end + 1, rules.size()));
  }
  AclUser out;
  std::string rest;
  const auto merged = merge_selectors(words, rest);
  if (!merged) return out;
  for (const std::string& rule : *merged) {
    // A command of a newer version, which is gone: the user may do less than it could.
    if (!out.apply(rule).empty()) continue;
  }
  return out;
}

bool AclUser::takes(std::string_view password) const {
  if (no_password_) return true;
  const std::string hash = hash_of(password);
  bool any = false;
  for (const std::string& one : passwords_) any = constant_time_equal(one, hash) || any;
  return any;
}

std::string_view AclUser::apply(std::string_view rule) {
  const auto remove = [&](const std::string& hash) -> std::string_view {
    return std::erase(passwords_, hash) > 0 ? std::string_view() : kNoSuchPassword;
  };
  const auto add = [&](const std::string& hash) {
    if (std::ranges::find(passwords_, hash) == passwords_.end()) passwords_.push_back(hash);
    no_password_ = false;
  };
  if (is_word(rule, "on")) {
    enabled_ = true;
  } else if (is_word(rule, "off")) {
    enabled_ = false;
  } else if (is_word(rule, "nopass")) {
    no_password_ = true;
    own_password_ = false;
    passwords_.clear();
  } else if (is_word(rule, "resetpass")) {
    no_password_ = false;
    own_password_ = false;
    passwords_.clear();
  } else if (rule == kOwnPassword) {
    own_password_ = true;
  } else if (is_word(rule, "skip-sanitize-payload")) {
    skips_sanitizing_ = true;
  } else if (is_word(rule, "sanitize-payload")) {
    skips_sanitizing_ = false;
  } else if (rule.starts_with('>')) {
    add(hash_of(rule.substr(1)));
  } else if (rule.starts_with('<')) {
    return remove(hash_of(rule.substr(1)));
  } else if (rule.starts_with('#') || rule.starts_with('!')) {
    if (!is_hash(rule.substr(1))) return kBadHash;
    if (rule[0] == '!') return remove(std::string(rule.substr(1)));
    add(std::string(rule.substr(1)));
  } else if (is_word(rule, "reset")) {
    *this = AclUser();
  } else if (is_word(rule, "clearselectors")) {
    selectors_.clear();
  } else if (rule.starts_with('(') && rule.ends_with(')')) {
    std::string_view inside = rule.substr(1, rule.size() - 2);
    AclSelector selector;
    while (!inside.empty()) {
      const std::size_t end = std::min(inside.find(' '), inside.size());
      if (end > 0) {
        const std::string_view wrong = selector.apply(inside.substr(0, end));
        if (!wrong.empty()) return wrong;
      }
      inside.remove_prefix(std::min(end + 1, inside.size()));
    }
    selectors_.push_back(std::move(selector));
  } else {
    return root_.apply(rule);
  }
  return {};
}

AclUser::Judgement AclUser::judge(const CommandSpec& spec, const CommandSpec& row,
                                  Args args) const {
  Judgement worst = root_.judge(spec, row, args);
  if (worst.denied == Denied::nothing) return worst;
  for (const AclSelector& selector : selectors_) {
    const Judgement one = selector.judge(spec, row, args);
    if (one.denied == Denied::nothing) return one;
    // What came furthest says best what is missing.
    const bool further =
        one.denied > worst.denied || (one.denied == worst.denied && one.argument > worst.argument);
    if (further) worst = one;
  }
  return worst;
}

bool AclUser::allows(const CommandSpec& row) const {
  return root_.allows(row) ||
         std::ranges::any_of(selectors_, [&](const AclSelector& one) { return one.allows(row); });
}

bool AclUser::allows_channel(std::string_view name, bool is_pattern) const {
  return root_.allows_channel(name, is_pattern) ||
         std::ranges::any_of(selectors_, [&](const AclSelector& one) {
           return one.allows_channel(name, is_pattern);
         });
}

std::string AclUser::refused_option(const CommandSpec& spec, Args args) const {
  const std::string_view option = keyspace::sort_pattern_option(spec, args);
  if (option.empty()) return {};
  const auto may = [&](const AclSelector& one) { return one.allows(spec) && one.reads_all_keys(); };
  if (may(root_) || std::ranges::any_of(selectors_, may)) return {};
  return fmt::format("ERR {} option of SORT denied due to insufficient ACL permissions.", option);
}

std::vector<std::string_view> AclUser::flags() const {
  std::vector<std::string_view> out{enabled_ ? "on" : "off"};
  if (no_password_) out.emplace_back("nopass");
  if (skips_sanitizing_) out.emplace_back("skip-sanitize-payload");
  return out;
}

std::string AclUser::text(bool whole) const {
  std::string out = fmt::format("{}", fmt::join(flags(), " "));
  if (whole && own_password_) out += " " + std::string(kOwnPassword);
  for (const std::string& hash : passwords_) out += " #" + hash;
  out += " " + root_.text();
  for (const AclSelector& one : selectors_) out += " (" + one.text() + ")";
  return out;
}

std::shared_ptr<const AclUser> acl_of(const catalog::CatalogState& state, std::string_view user) {
  const auto rules = catalog::keyspace_rules(state, user);
  if (!rules) return nullptr;
  return std::make_shared<const AclUser>(AclUser::from_text(rules->text));
}

std::optional<std::vector<std::string>> merge_selectors(Args words, std::string& rest) {
  std::vector<std::string> out;
  bool open = false;
  for (const std::string_view word : words) {
    if (open) {
      out.back() += " " + std::string(word);
    } else {
      out.emplace_back(word);
    }
    if (!open && word.starts_with('(')) open = true;
    if (open && word.ends_with(')')) open = false;
  }
  if (!open) return out;
  rest = out.back();
  return std::nullopt;
}

}  // namespace octavo::redis
