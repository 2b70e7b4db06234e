#include "engine/log_dump.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <vector>

#include "base/overloaded.h"
#include "base/text.h"
#include "catalog/change.h"
#include "io/file.h"
#include "keyspace/batch.h"
#include "log/scan.h"
#include "txn/state_machine.h"
#include "txn/transaction.h"
#include "value/document.h"
#include "value/json.h"
#include "value/key.h"
#include "value/utf8.h"

namespace octavo::engine {
namespace {

constexpr std::size_t kShownBytes = 160;  // of a key, a document or an argument
constexpr std::int64_t kNsPerSecond = 1'000'000'000;

using WriteLine = std::function<void(std::string_view)>;

std::string shortened(std::string text) {
  if (text.size() <= kShownBytes) return text;
  const std::size_t whole = text.size();
  std::size_t cut = kShownBytes;
  while (cut > 0 && !value::starts_code_point(text[cut])) --cut;
  text.resize(cut);
  return fmt::format("{}… ({} bytes)", text, whole);
}

// In quotes, and in ASCII whatever the bytes are.
std::string quoted(BytesView bytes) {
  std::string out = "\"";
  for (const char c : bytes.substr(0, kShownBytes)) {
    const bool plain = c >= ' ' && c <= '~' && c != '"' && c != '\\';
    out += plain ? std::string(1, c) : fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  }
  out += '"';
  if (bytes.size() > kShownBytes) out += fmt::format("… ({} bytes)", bytes.size());
  return out;
}

std::string shown(const Result<value::Value>& value) {
  return value ? shortened(value::to_json(*value))
               : fmt::format("(not readable: {})", value.error().what);
}
std::string document(BytesView bytes) { return shown(value::decode_document(bytes)); }
std::string key(BytesView bytes) {
  ByteReader reader(bytes);
  return shown(value::decode_key(reader));
}

std::string definition(const catalog::Change& change) {
  return std::visit(
      Overloaded{
          [](const catalog::PutDatabase& put) {
            return fmt::format("database {} \"{}\"", raw(put.database.id), put.database.name);
          },
          [](const catalog::DropDatabase& drop) {
            return fmt::format("drop database {}", raw(drop.id));
          },
          [](const catalog::PutTable& put) {
            return fmt::format("table {} \"{}\" of database {}, {} indexes", raw(put.table.id),
                               put.table.name, raw(put.table.database), put.table.indexes.size());
          },
          [](const catalog::DropTable& drop) { return fmt::format("drop table {}", raw(drop.id)); },
          [](const catalog::PutView& put) {
            return fmt::format("view {} \"{}\" of database {}", raw(put.view.id), put.view.name,
                               raw(put.view.database));
          },
          [](const catalog::DropView& drop) { return fmt::format("drop view {}", raw(drop.id)); },
          [](const catalog::PutUser& put) {
            return fmt::format("user \"{}\", {} grants", put.user.name, put.user.grants.size());
          },
          [](const catalog::DropUser& drop) { return fmt::format("drop user \"{}\"", drop.name); },
          [](const catalog::PutRole& put) {
            return fmt::format("role {} \"{}\" of \"{}\", {} grants", raw(put.role.id),
                               put.role.name, put.role.home, put.role.grants.size());
          },
          [](const catalog::DropRole& drop) { return fmt::format("drop role {}", raw(drop.id)); }},
      change);
}

std::string definitions(BytesView bytes) {
  const auto changes = catalog::decode_changes(bytes);
  if (!changes) return fmt::format("define (not readable: {})", changes.error().what);
  std::vector<std::string> texts;
  for (const catalog::Change& change : *changes) texts.push_back(definition(change));
  return fmt::format("define {}", fmt::join(texts, "; "));
}

std::string call(const keyspace::LoggedCall& call) {
  std::string out = fmt::format("command in database {}:", call.db);
  for (const std::string_view argument : call.args) out += " " + quoted(argument);
  return out;
}

// The one argument is what the keyspace logs: a call, or a transaction of several.
std::string command(const txn::KeyspaceOp& op) {
  std::vector<BytesView> arguments;
  op.arguments.copy_to(arguments);
  const auto logged = keyspace::decode_op(arguments.front());
  if (!logged) return fmt::format("command (not readable: {})", logged.error().what);
  std::vector<std::string> texts;
  if (!logged->guards.empty()) {
    texts.push_back(fmt::format("if {} watched keys are unchanged", logged->guards.size()));
  }
  for (const keyspace::LoggedCall& one : logged->calls) texts.push_back(call(one));
  return fmt::format("{}", fmt::join(texts, "; "));
}

std::string operation(const txn::Op& op) {
  return std::visit(
      Overloaded{[](const txn::PutOp& put) {
                   return put.before ? fmt::format("{} table {} key {}: {} was {}",
                                                   put.whole ? "replace" : "update", raw(put.table),
                                                   key(put.key), document(put.after),
                                                   document(*put.before))
                                     : fmt::format("insert table {} key {}: {}", raw(put.table),
                                                   key(put.key), document(put.after));
                 },
                 [](const txn::EraseOp& erase) {
                   return fmt::format("erase table {} key {}: was {}", raw(erase.table),
                                      key(erase.key), document(erase.before));
                 },
                 [](const txn::KeyspaceOp& keyspace) { return command(keyspace); },
                 [](const txn::DdlOp& ddl) { return definitions(ddl.bytes); },
                 [](const txn::SequenceOp& sequence) {
                   return fmt::format("sequence {}: next {}", quoted(sequence.name), sequence.next);
                 },
                 [](const txn::CursorOp& cursor) {
                   return fmt::format("cursor {}: {} bytes", quoted(cursor.name),
                                      cursor.bytes.size());
                 },
                 [](const txn::CheckpointOp& checkpoint) {
                   return fmt::format("checkpoint {}: {} bytes", quoted(checkpoint.name),
                                      checkpoint.bytes.size());
                 }},
      op);
}

std::string_view kind_name(log::RecordKind kind) {
  switch (kind) {
    case log::RecordKind::transactions: return "transactions";
    case log::RecordKind::incarnate: return "incarnate";
    case log::RecordKind::fence: return "fence";
    case log::RecordKind::checkpoint: return "checkpoint";
    case log::RecordKind::feature: return "feature";
  }
  return "unknown";
}

// UTC, with milliseconds.
std::string time_text(std::int64_t time_ns) {
  const std::time_t seconds = time_ns / kNsPerSecond;
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(seconds),
                     time_ns % kNsPerSecond / 1'000'000);
}

std::string headline(const log::RecordView& record) {
  const log::RecordHeader& header = record.header;
  std::string out =
      fmt::format("{} {} {} of node {}, incarnation {}, append {}: ", format_lsn(record.lsn),
                  time_text(header.time_ns), kind_name(header.kind), header.origin.node,
                  header.origin.incarnation, header.origin.sequence);
  if (header.kind == log::RecordKind::transactions) {
    out += fmt::format("{} transactions, ", header.transaction_count);
  }
  return out + fmt::format("{} bytes", record.payload.size());
}

std::string transaction_line(std::uint32_t place, const txn::TransactionView& transaction,
                             const txn::Footprint& footprint) {
  std::string out = fmt::format("  transaction {}", place);
  if (transaction.snapshot) out += fmt::format(", read at {}", format_lsn(*transaction.snapshot));
  if (!footprint.read_at.empty()) {
    out += fmt::format(", rows read from {} on", format_lsn(footprint.read_at.front().at));
  }
  if (transaction.retry) {
    out += fmt::format(", retry {} of {}", transaction.retry->number,
                       quoted(transaction.retry->session));
    for (const DoneStatements& done : transaction.retry->statements) {
      out += fmt::format(", statements {} to {}", done.first, done.end() - 1);
    }
  }
  return out;
}

Status dump_transactions(const log::RecordView& record, const WriteLine& write) {
  const BytesView payload = record.payload;
  if (payload.size() < txn::kPayloadPrefix || payload[0] != txn::kPayloadFormat) {
    return fail(Code::corrupt,
                fmt::format("the record at {} has an unknown format", format_lsn(record.lsn)));
  }
  txn::Footprint footprint;
  ByteReader input(payload.substr(txn::kPayloadPrefix));
  for (std::uint32_t i = 0; i < record.header.transaction_count; ++i) {
    TRY(const auto transaction, txn::decode_transaction(input, footprint));
    write(transaction_line(i, transaction, footprint));
    txn::Op op;
    for (auto at = transaction.ops.begin_ops(); at.next(op);) write("    " + operation(op));
  }
  return {};
}

}  // namespace

Status dump_log(io::FileSystem& files, const std::string& directory, const LogDumpOptions& options,
                const WriteLine& write) {
  std::uint64_t left = options.count;
  if (left == 0) return {};
  Status dumped;
  const auto dump = [&](const log::RecordView& record) {
    write(headline(record));
    if (record.header.kind == log::RecordKind::transactions) {
      dumped = dump_transactions(record, write);
    }
    return dumped && --left > 0;
  };
  TRY_STATUS(log::scan_log(files, io::join_path(directory, "log"), options.from, dump));
  return dumped;
}

}  // namespace octavo::engine
