#pragma once

// What one user may do over this protocol, in the words of Redis's ACL: rules change it, `text`
// writes it as rules, `judge` says of a call whether it may be made. Grants are asked besides, and
// rules never give what those do not (docs/security.md).

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "catalog/model.h"
#include "keyspace/command.h"

namespace octavo::redis {

// Commands, keys and channels that go together.
class AclSelector {
 public:
  struct KeyPattern {
    std::string pattern;
    bool read = false;
    bool write = false;
  };
  enum class Denied : std::uint8_t { nothing, command, key, channel };
  struct Judgement {
    Denied denied = Denied::nothing;
    std::size_t argument = 0;  // of the key or channel
  };

  // Empty: it is done; else what is wrong with the rule.
  std::string_view apply(std::string_view rule);
  // `row`: what is called (commands.h, called_row).
  Judgement judge(const keyspace::CommandSpec& spec, const keyspace::CommandSpec& row,
                  keyspace::Args args) const;
  bool allows(const keyspace::CommandSpec& row) const;
  bool reads_all_keys() const;
  // A pattern is allowed by itself alone.
  bool allows_channel(std::string_view name, bool is_pattern) const;

  // As ACL GETUSER shows them.
  std::string commands() const;
  std::string keys() const;
  std::string channels() const;
  // As ACL LIST does.
  std::string text() const;

 private:
  struct FirstArgument {
    const keyspace::CommandSpec* row;
    std::string word;
  };

  std::string_view apply_command(std::string_view rule);
  std::string_view apply_key(std::string_view rule);
  void set(const keyspace::CommandSpec& spec, bool allowed);
  void note(std::string_view rule);
  bool allows_key(std::string_view key, keyspace::KeyUse use) const;

  bool all_commands_ = false;   // what rules began with
  std::vector<bool> commands_;  // by number of the row; empty: all are as that says
  std::vector<FirstArgument> first_arguments_;
  std::vector<std::string> rules_;  // that made `commands_`, after the first
  bool all_keys_ = false;
  std::vector<KeyPattern> keys_;
  bool all_channels_ = false;
  std::vector<std::string> channels_;
};

class AclUser {
 public:
  using Denied = AclSelector::Denied;
  using Judgement = AclSelector::Judgement;

  AclUser() = default;              // off, and may do nothing
  static AclUser made_elsewhere();  // grants alone decide about it
  static AclUser from_text(std::string_view rules);

  // Empty: it is done; else what is wrong with the rule, whole (`(` to `)`) or not.
  std::string_view apply(std::string_view rule);

  Judgement judge(const keyspace::CommandSpec& spec, const keyspace::CommandSpec& row,
                  keyspace::Args args) const;
  bool allows(const keyspace::CommandSpec& row) const;  // by any of its selectors
  bool allows_channel(std::string_view name, bool is_pattern) const;
  // The error of a SORT that reads keys which its patterns make, by a user who may not read all;
  // empty: there is none.
  std::string refused_option(const keyspace::CommandSpec& spec, keyspace::Args args) const;

  bool enabled() const { return enabled_; }
  bool needs_no_password() const { return no_password_; }
  // The password of the user store counts as well.
  bool has_own_password() const { return own_password_; }
  bool takes(std::string_view password) const;
  const std::vector<std::string>& passwords() const { return passwords_; }  // SHA-256, hex
  const AclSelector& root() const { return root_; }
  const std::vector<AclSelector>& selectors() const { return selectors_; }
  std::vector<std::string_view> flags() const;
  // `whole`: what it can be made from again; else as ACL LIST shows it.
  std::string text(bool whole) const;

 private:
  bool enabled_ = false;
  bool no_password_ = false;
  bool own_password_ = false;
  bool skips_sanitizing_ = false;
  std::vector<std::string> passwords_;
  AclSelector root_;
  std::vector<AclSelector> selectors_;
};

// The rules of a user; null: it has none.
std::shared_ptr<const AclUser> acl_of(const catalog::CatalogState& state, std::string_view user);

// Joins the words of selectors that were split at blanks: `(+get`, `~key)`. nullopt: a parenthesis
// is not closed; `rest` is that word.
std::optional<std::vector<std::string>> merge_selectors(keyspace::Args words, std::string& rest);

// Rows by their number, and how many there are: those of commands and of what they hold.
std::size_t row_count();
std::size_t row_number(const keyspace::CommandSpec& row);

// What a call does with its `key`-th key; what arguments say decides where they do (SET … GET).
keyspace::KeyUse key_use(const keyspace::CommandSpec& spec, keyspace::Args args, std::size_t key);

}  // namespace octavo::redis
