// Statements as texts, and their results.

#include <algorithm>
#include <utility>

#include "base/limits.h"
#include "protocol/mysql/session.h"

namespace octavo::mysql {
namespace {

// What is encoded before it is sent, and before others of the thread have their turn.
constexpr std::size_t kEnoughBytes = 64 * kKiB;

}  // namespace

io::Task<void> Session::query(BytesView rest) {
  std::vector<Parameter> attributes;
  if (has(capability::kQueryAttributes)) {
    PayloadReader reader(rest);
    auto read = read_attributes(reader);
    if (!read) co_return say(sql::error<1835>());
    attributes = *std::move(read);
    rest = reader.rest();
  }
  // Some clients end a text as C does.
  if (rest.ends_with('\0')) rest.remove_suffix(1);
  if (rest.empty()) co_return say(sql::error<1065>());
  process_->set_text(rest);
  for (;;) {
    auto answer = co_await statements_->run(rest, std::move(attributes));
    attributes.clear();
    if (!answer) co_return say(answer.error());
    rest.remove_prefix(std::min(answer->taken, rest.size()));
    const bool more = !rest.empty();
    const bool done = co_await reply(*std::move(answer), RowForm::text, more);
    if (!done || !more) co_return;
  }
}

io::Task<bool> Session::reply(Answer answer, RowForm form, bool more) {
  if (const auto* done = std::get_if<Done>(&answer.what)) {
    say_ok(*done, more);
    co_return true;
  }
  if (auto* rows = std::get_if<std::unique_ptr<Rows>>(&answer.what)) {
    const bool sent = co_await send_rows(**rows, form, more);
    co_return sent;
  }
  auto& file = std::get<std::unique_ptr<FileRows>>(answer.what);
  const bool loaded = co_await load_file(*file, more);
  co_return loaded;
}

io::Task<bool> Session::send_rows(Rows& rows, RowForm form, bool more) {
  const std::span<const Column> columns = rows.columns();
  transport_.put([&](Bytes& out) { put_length(out, columns.size()); });
  say_columns(columns);
  if (!has(capability::kDeprecateEof)) {
    const Ending how = standing();
    transport_.put([&](Bytes& out) { put_eof(out, how); });
  }
  RowEncoder encoder(columns, form);
  value::Batch batch;
  for (bool further = true; further;) {
    const auto next = co_await rows.next(batch);
    if (!next) {
      say(next.error());
      co_return false;
    }
    further = *next;
    if (further && batch.size() == 0) {
      // Others will come, in their own time: what was said so far shall not wait for them.
      const bool sent = co_await transport_.send();
      if (!sent) {
        closing_ = true;
        co_return false;
      }
    }
    for (std::size_t from = 0; from < batch.size();) {
      Bytes& out = transport_.room();
      const auto encoded = encoder.encode(batch, from, batch.size(), transport_.sequence(), out,
                                          out.size() + kEnoughBytes);
      if (!encoded) {
        say(encoded.error());
        co_return false;
      }
      if (transport_.send_at_once()) continue;
      const bool sent = co_await transport_.flush();
      if (!sent) {
        closing_ = true;
        co_return false;
      }
    }
  }
  say_end(more ? status::kMoreResults : 0);
  co_return true;
}

io::Task<bool> Session::load_file(FileRows& rows, bool more) {
  if (!has(capability::kLocalFiles)) {
    say(sql::error<3948>());
    co_return false;
  }
  transport_.put([&rows](Bytes& out) { put_file_request(out, rows.name()); });
  LocalInfile file;
  for (;;) {
    const bool sent = co_await transport_.send();
    const bool got = sent && co_await transport_.read(payload_);
    if (!got) {
      closing_ = true;
      co_return false;
    }
    const LocalInfile::Next next = file.on_packet(payload_);
    if (next == LocalInfile::Next::end) break;
    if (next == LocalInfile::Next::skip) continue;
    settle();
    const auto taken = co_await rows.take(std::exchange(payload_, Bytes()));
    if (!taken) file.fail(taken.error());
  }
  if (!file.error()) {
    const auto done = co_await rows.finish();
    if (done) {
      say_ok(*done, more);
      co_return true;
    }
    file.fail(done.error());
  }
  say(*file.error());
  co_return false;
}

}  // namespace octavo::mysql
