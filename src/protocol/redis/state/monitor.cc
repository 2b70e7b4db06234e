#include "protocol/redis/state/monitor.h"

#include <fmt/format.h>

namespace octavo::redis {
namespace {

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

// How many at the front are. Blocks are looked at without a branch for each byte: an argument may
// have megabytes.
std::size_t plain_run(std::string_view bytes) {
  constexpr std::size_t kBlock = 64;
  std::size_t run = 0;
  for (bool plain = true; bytes.size() - run >= kBlock; run += kBlock) {
    for (std::size_t i = 0; i < kBlock; ++i) plain &= is_plain(bytes[run + i]);
    if (!plain) break;
  }
  while (run < bytes.size() && is_plain(bytes[run])) ++run;
  return run;
}

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  switch (c) {
    case '"':
    case '\\': out.append({'\\', c}); break;
    case '\n': out.append("\\n"); break;
    case '\r': out.append("\\r"); break;
    case '\t': out.append("\\t"); break;
    case '\a': out.append("\\a"); break;
    case '\b': out.append("\\b"); break;
    default: {
      const auto byte = static_cast<unsigned char>(c);
      out.append({'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]});
    }
  }
}

void append_quoted(std::string& out, std::string_view bytes) {
  out.push_back('"');
  while (!bytes.empty()) {
    const std::size_t run = plain_run(bytes);
    out.append(bytes.substr(0, run));
    bytes.remove_prefix(run);
    if (bytes.empty()) break;
    append_escaped(out, bytes.front());
    bytes.remove_prefix(1);
  }
  out.push_back('"');
}

}  // namespace

std::string monitor_line(const Monitors::Call& call) {
  const std::int64_t us = call.wall_ns / 1000;
  std::string out =
      fmt::format("{}.{:06} [{} {}]", us / 1'000'000, us % 1'000'000, call.db, call.client);
  for (const std::string_view arg : call.args) {
    out.push_back(' ');
    append_quoted(out, arg);
  }
  return out;
}

void Monitors::add(const MailboxPtr& mailbox) {
  const MutexLock lock(mutex_);
  mailboxes_.push_back(mailbox);
  count_ = mailboxes_.size();
}

void Monitors::remove(const MailboxPtr& mailbox) {
  const MutexLock lock(mutex_);
  std::erase(mailboxes_, mailbox);
  count_ = mailboxes_.size();
}

void Monitors::show(const Call& call) {
  std::string line = "+" + monitor_line(call) + "\r\n";
  const auto message = std::make_shared<const Message>(pool_, std::move(line));
  Delivery delivery;
  const MutexLock lock(mutex_);
  for (const auto& mailbox : mailboxes_) delivery.add(mailbox, message);
  delivery.send();
}

}  // namespace octavo::redis
