#include "layout/keyspace/key_commands.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/overloaded.h"
#include "keyspace/type/hash_value.h"
#include "keyspace/type/numbers.h"
#include "layout/keyspace/key_documents.h"

namespace octavo::layout {
namespace {

using keyspace::format_double;
using keyspace::format_int64;
using keyspace::Kind;
using keyspace::kNoExpiry;
using keyspace::StreamId;
using value::Value;

Command append_entry(const std::string& key, const StreamEntry& entry) {
  Command command{"xadd", key, entry.id.text()};
  command.insert(command.end(), entry.fields.begin(), entry.fields.end());
  return command;
}

// A stream without entries: only its groups can bring it about.
void build_empty_stream(const std::string& key, std::vector<Command>& out) {
  out.push_back({"xgroup", "create", key, "-", "$", "mkstream"});
  out.push_back({"xgroup", "destroy", key, "-"});
}

// Builds the value; the key is absent, unless it is a string (SET replaces whatever is there).
Status build_value(const KeyParts& parts, const KeyContent& content, std::vector<Command>& out) {
  Command command;
  const std::string& key = parts.key;
  std::visit(Overloaded{
                 [&](const std::string& text) { command = {"set", key, text}; },
                 [&](const Texts& texts) {
                   command = {parts.kind == Kind::list ? "rpush" : "sadd", key};
                   command.insert(command.end(), texts.begin(), texts.end());
                 },
                 [&](const Scores& scores) {
                   command = {"zadd", key};
                   for (const auto& [score, member] : scores) {
                     command.push_back(format_double(score));
                     command.push_back(member);
                   }
                 },
                 [&](const Pairs& pairs) {
                   command = {"hset", key};
                   for (const auto& [field, text] : pairs) {
                     command.push_back(field);
                     command.push_back(text);
                   }
                 },
                 [&](const StreamEntries& entries) {
                   for (const auto& entry : entries) out.push_back(append_entry(key, entry));
                   if (entries.empty()) build_empty_stream(key, out);
                 },
             },
             content);
  if (command.size() > 2) {
    out.push_back(std::move(command));
  } else if (parts.kind != Kind::stream) {
    return fail(
        Code::invalid_argument,
        fmt::format("Redis keeps no empty {}; delete the row instead.", kind_name(parts.kind)));
  }
  return {};
}

// From one state of a stream to another: both are sorted by id.
Status edit_stream(const std::string& key, const StreamEntries& before, const StreamEntries& after,
                   StreamId last_id, std::vector<Command>& out) {
  Command removed{"xdel", key};
  std::vector<Command> added;
  auto old = before.begin();
  for (const StreamEntry& entry : after) {
    for (; old != before.end() && old->id < entry.id; ++old) removed.push_back(old->id.text());
    if (old != before.end() && old->id == entry.id) {
      if (old->fields != entry.fields) {
        return fail(Code::invalid_argument,
                    fmt::format("The entry {} of the stream is there; Redis changes no entries.",
                                entry.id.text()));
      }
      ++old;
    } else if (entry.id <= last_id) {
      return fail(Code::invalid_argument,
                  fmt::format("The stream takes new entries behind its last id {} only, not {}.",
                              last_id.text(), entry.id.text()));
    } else {
      added.push_back(append_entry(key, entry));
    }
  }
  for (; old != before.end(); ++old) removed.push_back(old->id.text());
  if (removed.size() > 2) out.push_back(std::move(removed));
  out.insert(out.end(), std::make_move_iterator(added.begin()),
             std::make_move_iterator(added.end()));
  return {};
}

// Of the hash that was made anew.
Status keep_field_ends(const std::string& key, const KeyState& current, const KeyContent& form,
                       std::vector<Command>& out) {
  if (current.field_ends.empty()) return {};
  TRY(const KeyContent was, key_content(Kind::hash, *current.document.find("value")));
  const auto& before = std::get<Pairs>(was);
  std::map<std::int64_t, std::vector<std::string>> kept;  // by their ends
  for (const auto& pair : std::get<Pairs>(form)) {
    const auto end = current.field_ends.find(pair.first);
    if (end == current.field_ends.end() || !std::ranges::binary_search(before, pair)) continue;
    kept[end->second].push_back(pair.first);
  }
  for (const auto& [end_ms, fields] : kept) {
    Command& command =
        out.emplace_back(Command{"hpexpireat", key, format_int64(end_ms), "fields",
                                 format_int64(static_cast<std::int64_t>(fields.size()))});
    command.insert(command.end(), fields.begin(), fields.end());
  }
  return {};
}

Value ttl_field(std::optional<std::int64_t> ttl_ms) {
  return ttl_ms ? ttl_value(*ttl_ms, 0) : Value();
}

bool same_field(const Value& a, const Value& b, std::string_view name) {
  const Value* left = a.find(name);
  const Value* right = b.find(name);
  return left != nullptr && right != nullptr && *left == *right;
}

}  // namespace

KeyState KeyState::of(const keyspace::KeyEntry& entry, std::int64_t now_ms) {
  KeyState state{.document = key_document(entry, now_ms), .expire_at_ms = entry.expire_at_ms()};
  if (entry.value.kind() == Kind::stream) {
    state.last_stream_id = entry.value.as<keyspace::StreamValue>().last_id();
  }
  if (entry.value.kind() == Kind::hash) {
    const auto& hash = entry.value.as<keyspace::HashValue>();
    if (hash.mortal_count() == 0) return state;
    hash.visit_timed([&](std::string_view field, std::string_view, std::int64_t end_ms) {
      if (end_ms > now_ms) state.field_ends.emplace(field, end_ms);
      return true;
    });
  }
  return state;
}

Result<KeyEdit> edit_key(const KeyState* current, const Value& next) {
  TRY(const KeyParts parts, key_parts(next));
  const std::string_view kind = kind_name(parts.kind);
  const bool same_kind = current != nullptr && current->document.find("type")->as_string() == kind;
  const Value* before = same_kind ? current->document.find("value") : nullptr;
  const bool had_ttl = current != nullptr && current->expire_at_ms != kNoExpiry;
  const bool same_ttl = had_ttl && same_field(current->document, next, "ttl");

  KeyEdit edit;
  Value content = *parts.content;
  bool anew = false;
  if (before == nullptr || *before != content) {
    TRY(const KeyContent form, key_content(parts.kind, content));
    content = content_value(form);
    if (before == nullptr || *before != content) {
      anew = before == nullptr || parts.kind != Kind::stream;
      if (anew) {
        if (current != nullptr && parts.kind != Kind::string)
          edit.commands.push_back({"del", parts.key});
        TRY_STATUS(build_value(parts, form, edit.commands));
        if (same_kind && parts.kind == Kind::hash) {
          TRY_STATUS(keep_field_ends(parts.key, *current, form, edit.commands));
        }
      } else {
        TRY(const KeyContent was, key_content(Kind::stream, *before));
        TRY_STATUS(edit_stream(parts.key, std::get<StreamEntries>(was),
                               std::get<StreamEntries>(form), current->last_stream_id,
                               edit.commands));
      }
    }
  }
  std::optional<std::int64_t> ttl_ms;
  if (!same_ttl) {
    TRY(ttl_ms, ttl_ms_of(parts.ttl));
  }
  if (same_ttl && anew) {
    // The key that was made anew has no time to live.
    edit.commands.push_back({"pexpireat", parts.key, format_int64(current->expire_at_ms)});
  } else if (ttl_ms) {
    edit.commands.push_back({"pexpire", parts.key, format_int64(*ttl_ms)});
  } else if (had_ttl && !same_ttl && !anew) {
    edit.commands.push_back({"persist", parts.key});
  }
  edit.stored = Value::object({{"id", text_value(parts.key)},
                               {"type", Value::string(kind)},
                               {"value", std::move(content)},
                               {"ttl", same_ttl ? *next.find("ttl") : ttl_field(ttl_ms)}});
  return edit;
}

}  // namespace octavo::layout
