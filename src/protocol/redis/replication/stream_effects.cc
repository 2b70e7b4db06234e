// Effects of writes to streams and their consumer groups.

#include <string>
#include <vector>

#include "keyspace/arguments.h"
#include "keyspace/stream_arguments.h"
#include "keyspace/type/stream_value.h"
#include "protocol/redis/replication/effect_rules.h"
#include "protocol/redis/replication/reply_tree.h"

namespace octavo::redis {
namespace {

using keyspace::Args;
using keyspace::StreamId;
using keyspace::StreamValue;

const StreamValue* stream_of(const WrittenCall& call, std::string_view key) {
  const keyspace::KeyEntry* entry = entry_of(call, key);
  if (entry == nullptr || entry->value.kind() != keyspace::Kind::stream) return nullptr;
  return &entry->value.as<StreamValue>();
}

// The words of a call, some of them made here.
class Words {
 public:
  explicit Words(Args words) : words_(words.begin(), words.end()) {}
  void add(std::string_view word) { words_.emplace_back(word); }
  void send(unsigned db, EffectList& out) const {
    const std::vector<std::string_view> views(words_.begin(), words_.end());
    out.add(db, views);
  }

 private:
  std::vector<std::string> words_;
};

bool is_trimming(std::string_view word) {
  return keyspace::is_word(word, "maxlen") || keyspace::is_word(word, "minid");
}

// The options of a trim at `at`, which is moved behind them: how much is left is told exactly,
// because nobody removes the same entries for `~`.
void add_trim(const StreamValue& stream, Args args, std::size_t& at, Words& words) {
  const bool by_length = keyspace::is_word(args[at], "maxlen");
  words.add(args[at++]);
  const bool about = args[at] == "~";
  if (about || args[at] == "=") ++at;
  words.add("=");
  if (!about) {
    words.add(args[at]);
  } else {
    words.add(by_length ? std::to_string(stream.size()) : stream.first_id().text());
  }
  ++at;
  if (at + 1 < args.size() && keyspace::is_word(args[at], "limit")) at += 2;
}

// Where a stream was trimmed of all that it had there is no first entry to tell.
bool is_tellable(const StreamValue* stream) { return stream != nullptr && stream->size() > 0; }

bool add_entry(const WrittenCall& call, EffectList& out) {
  const StreamValue* stream = stream_of(call, call.args[1]);
  const auto reply = parse_reply(call.reply);
  if (!is_tellable(stream) || !reply || reply->type != '$') return false;
  Words words(call.args.first(2));
  std::size_t at = 2;
  for (; at + 1 < call.args.size();) {
    if (keyspace::is_word(call.args[at], "nomkstream")) {
      words.add(call.args[at++]);
    } else if (is_trimming(call.args[at])) {
      add_trim(*stream, call.args, at, words);
    } else {
      break;
    }
  }
  words.add(reply->text);
  for (++at; at < call.args.size(); ++at) words.add(call.args[at]);
  words.send(call.db, out);
  return true;
}

bool trim(const WrittenCall& call, EffectList& out) {
  const StreamValue* stream = stream_of(call, call.args[1]);
  if (!is_tellable(stream)) return false;
  Words words(call.args.first(2));
  std::size_t at = 2;
  add_trim(*stream, call.args, at, words);
  words.send(call.db, out);
  return true;
}

// --- groups ---

struct Claimant {
  std::string_view key;
  std::string_view group;
  std::string_view consumer;
};

// How the entry stands with the group now: with the consumer, or with nobody.
void add_pending(const WrittenCall& call, const Claimant& who, std::string_view id_text,
                 EffectList& out) {
  const StreamValue* stream = stream_of(call, who.key);
  const StreamValue::Group* group = stream == nullptr ? nullptr : stream->find_group(who.group);
  const auto id = keyspace::parse_stream_id(id_text, 0);
  if (group == nullptr || !id) return;
  const auto pending = group->pending.find(*id);
  if (pending == group->pending.end()) {
    return out.add(call.db, {"XACK", who.key, who.group, id_text});
  }
  const std::string delivered = std::to_string(pending->second.delivered_ms);
  const std::string deliveries = std::to_string(pending->second.deliveries);
  const std::string last = group->last_id.text();
  out.add(call.db,
          {"XCLAIM", who.key, who.group, pending->second.consumer->name, "0", id_text, "TIME",
           delivered, "RETRYCOUNT", deliveries, "FORCE", "JUSTID", "LASTID", last});
}

void add_consumer(const WrittenCall& call, const Claimant& who, EffectList& out) {
  const StreamValue* stream = stream_of(call, who.key);
  const StreamValue::Group* group = stream == nullptr ? nullptr : stream->find_group(who.group);
  if (group == nullptr || !group->consumers.contains(who.consumer)) return;
  out.add(call.db, {"XGROUP", "CREATECONSUMER", who.key, who.group, who.consumer});
}

// How far the group is.
void add_position(const WrittenCall& call, const Claimant& who, EffectList& out) {
  const StreamValue* stream = stream_of(call, who.key);
  const StreamValue::Group* group = stream == nullptr ? nullptr : stream->find_group(who.group);
  if (group == nullptr) return;
  const std::string last = group->last_id.text();
  const std::string read = std::to_string(group->entries_read);
  out.add(call.db, {"XGROUP", "SETID", who.key, who.group, last, "ENTRIESREAD", read});
}

// The streams of a reply, `[[key, entries], …]` or a map of them.
void add_read(const WrittenCall& call, Claimant who, const ReplyTree& entries, bool acknowledged,
              EffectList& out) {
  add_consumer(call, who, out);
  if (entries.parts.empty()) return;
  for (const ReplyTree& entry : entries.parts) {
    // One that was deleted meanwhile is shown without fields, and stays pending.
    const bool is_there = entry.parts.size() == 2 && !entry.parts[1].is_null();
    if (!acknowledged && is_there) add_pending(call, who, entry.parts[0].text, out);
  }
  add_position(call, who, out);
}

bool read_group(const WrittenCall& call, EffectList& out) {
  const Args args = call.args;
  const std::size_t at = keyspace::stream_option(args, "group");
  const std::size_t streams = keyspace::stream_option(args, "streams");
  const auto reply = parse_reply(call.reply);
  if (!reply || reply->is_error() || at + 2 >= args.size() || streams >= args.size()) return false;
  const bool no_ack = keyspace::stream_option(args, "noack") < streams;
  Claimant who{{}, args[at + 1], args[at + 2]};
  const std::size_t count = (args.size() - streams - 1) / 2;
  for (std::size_t i = 0; i < count; ++i) {
    who.key = args[streams + 1 + i];
    ReplyTree entries;
    const auto note = [&](const ReplyTree& key, const ReplyTree& found) {
      if (key.text == who.key) entries = found;
    };
    if (reply->type == '%') {
      for (std::size_t k = 0; k + 1 < reply->parts.size(); k += 2) {
        note(reply->parts[k], reply->parts[k + 1]);
      }
    } else {
      for (const ReplyTree& pair : reply->parts) {
        if (pair.parts.size() == 2) note(pair.parts[0], pair.parts[1]);
      }
    }
    // What was read before is read again: its deliveries are counted, also with NOACK.
    const bool is_new = args[streams + 1 + count + i] == ">";
    add_read(call, who, entries, no_ack && is_new, out);
  }
  return true;
}

bool claim(const WrittenCall& call, EffectList& out) {
  const Args args = call.args;
  const Claimant who{args[1], args[2], args[3]};
  add_consumer(call, who, out);
  for (std::size_t i = 5; i < args.size() && keyspace::parse_stream_id(args[i], 0); ++i) {
    add_pending(call, who, args[i], out);
  }
  return true;
}

// Those that it took, and those that it found deleted.
bool claim_some(const WrittenCall& call, EffectList& out) {
  const auto reply = parse_reply(call.reply);
  if (!reply || reply->parts.size() < 3) return false;
  const Claimant who{call.args[1], call.args[2], call.args[3]};
  add_consumer(call, who, out);
  for (std::size_t list = 1; list < 3; ++list) {
    for (const ReplyTree& entry : reply->parts[list].parts) {
      add_pending(call, who, entry.parts.empty() ? entry.text : entry.parts[0].text, out);
    }
  }
  return true;
}

constexpr EffectRule kRules[] = {
    {"xadd", add_entry},        {"xtrim", trim}, {"xreadgroup", read_group}, {"xclaim", claim},
    {"xautoclaim", claim_some},
};

}  // namespace

std::span<const EffectRule> stream_effect_rules() { return kRules; }

}  // namespace octavo::redis
