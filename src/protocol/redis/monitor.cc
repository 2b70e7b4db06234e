#include "protocol/redis/monitor.h"

#include <fmt/format.h>

#include <iterator>

namespace octavo::redis {
namespace {

void append_quoted(std::string& out, std::string_view bytes) {
  out.push_back('"');
  for (const char c : bytes) {
    switch (c) {
      case '"':
      case '\\': out.append({'\\', c}); break;
      case '\n': out.append("\\n"); break;
      case '\r': out.append("\\r"); break;
      case '\t': out.append("\\t"); break;
      case '\a': out.append("\\a"); break;
      case '\b': out.append("\\b"); break;
      default:
        if (c >= ' ' && c <= '~') {
          out.push_back(c);
        } else {
          fmt::format_to(std::back_inserter(out), "\\x{:02x}", static_cast<unsigned char>(c));
        }
    }
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
  const std::string line = "+" + monitor_line(call) + "\r\n";
  const auto message = std::make_shared<const Message>(pool_, line, line);
  Delivery delivery;
  const std::scoped_lock lock(mutex_);
  for (const auto& mailbox : mailboxes_) delivery.add(mailbox, message);
  delivery.send();
}

}  // namespace octavo::redis
