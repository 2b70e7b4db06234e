#include "protocol/redis/monitor.h"

#include <fmt/format.h>

#include <algorithm>

namespace octavo::redis {
namespace {

bool is_plain(char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; }

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
    const auto run = std::ranges::find_if_not(bytes, is_plain) - bytes.begin();
    out.append(bytes.substr(0, static_cast<std::size_t>(run)));
    bytes.remove_prefix(static_cast<std::size_t>(run));
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
  const std::scoped_lock lock(mutex_);
  mailboxes_.push_back(mailbox);
  count_ = mailboxes_.size();
}

void Monitors::remove(const MailboxPtr& mailbox) {
  const std::scoped_lock lock(mutex_);
  std::erase(mailboxes_, mailbox);
  count_ = mailboxes_.size();
}

void Monitors::show(const Call& call) {
  std::string line = "+" + monitor_line(call) + "\r\n";
  const auto message = std::make_shared<const Message>(pool_, std::move(line), std::string());
  Delivery delivery;
  const std::scoped_lock lock(mutex_);
  for (const auto& mailbox : mailboxes_) delivery.add(mailbox, message);
  delivery.send();
}

}  // namespace octavo::redis
