// bulkWrite, of MongoDB 8.0: inserts, updates and deletes of several collections in one command.
// Each is done as the commands of those names do it.

#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/command/bulk_request.h"
#include "protocol/mongodb/command/collection_uuid.h"
#include "protocol/mongodb/command/cursor.h"
#include "protocol/mongodb/command/document_rows.h"
#include "protocol/mongodb/command/edit_statement.h"
#include "protocol/mongodb/command/field.h"
#include "protocol/mongodb/command/insert_documents.h"
#include "protocol/mongodb/command/rights.h"

namespace octavo::mongodb {
namespace {

using value::Field;
using value::Value;

// As getMore names its cursor.
constexpr StatementFields kFields{
    .filter = "filter", .update = "updateMods", .constants = "constants"};
constexpr std::string_view kResults = "admin.$cmd.bulkWrite";

// Lets a call be about other collections, until this is destroyed.
class Turned {
 public:
  explicit Turned(CommandCall& call)
      : call_(call), database_(call.database()), collection_(call.collection()) {}
  ~Turned() { call_.turn_to(std::move(database_), std::move(collection_)); }
  Turned(const Turned&) = delete;
  Turned& operator=(const Turned&) = delete;

  void to(const BulkNamespace& target) { call_.turn_to(target.database, target.collection); }

 private:
  CommandCall& call_;
  std::string database_;
  std::string collection_;
};

class BulkWriter {
 public:
  BulkWriter(CommandCall& call, const BulkRequest& request)
      : call_(call),
        request_(request),
        turned_(call),
        // An error ends a transaction, and nothing behind it could be done.
        ordered_(call.flag("ordered", true) || call.in_transaction()),
        errors_only_(call.flag("errorsOnly")),
        results_(call) {}

  Status run() {
    const auto& operations = request_.operations;
    for (std::size_t begin = 0; begin < operations.size() && !stopped_;) {
      const std::size_t end = end_of_run(begin);
      turned_.to(request_.namespaces[operations[begin].target]);
      TRY_STATUS(perform(begin, end));
      begin = end;
    }
    return {};
  }

  // Once, behind `run`.
  Result<Reply> reply(const BatchLimits& limits) {
    auto cursor = make_list_cursor(call_, std::string(kResults), std::move(rows_));
    TRY(Reply reply, open_cursor(call_, std::move(cursor), limits));
    reply.add("nErrors", int32(errors_))
        .add("nInserted", int32(inserted_))
        .add("nMatched", int32(matched_))
        .add("nModified", int32(modified_))
        .add("nUpserted", int32(upserted_))
        .add("nDeleted", int32(deleted_));
    reply.failed_in_part = errors_ != 0;
    results_.add_retried(reply);
    return reply;
  }

 private:
  const BulkOperation& operation(std::size_t i) const { return request_.operations[i]; }

  // Inserts into one collection that stand one behind the other are done together; all others each
  // by itself.
  std::size_t end_of_run(std::size_t begin) const {
    const BulkOperation& first = operation(begin);
    std::size_t end = begin + 1;
    if (first.kind != BulkKind::insert) return end;
    while (end < request_.operations.size() && operation(end).kind == BulkKind::insert &&
           operation(end).target == first.target) {
      ++end;
    }
    return end;
  }

  Status perform(std::size_t begin, std::size_t end) {
    const BulkNamespace& target = request_.namespaces[operation(begin).target];
    const auto state = call_.engine().catalog();
    auto meant = check_collection_uuid(*state, target.database, target.collection, target.uuid);
    if (!meant) return note_all(begin, end, meant.error());
    if (operation(begin).kind == BulkKind::insert) return insert(begin, end);
    if (auto seen = refuse_view(*state, target.database, target.collection); !seen) {
      return note(begin, {std::move(seen).error(), {}});
    }
    return operation(begin).kind == BulkKind::update ? update(begin) : remove(begin);
  }

  Status insert(std::size_t begin, std::size_t end) {
    auto collection = ensure_collection(call_, call_.database(), call_.collection());
    if (!collection) return note_all(begin, end, {with_number(std::move(collection).error()), {}});
    std::vector<Value> documents;
    documents.reserve(end - begin);
    for (std::size_t i = begin; i < end; ++i) {
      documents.push_back(*operation(i).statement->find("document"));
    }
    const InsertSpec spec{.documents = documents, .first = begin, .ordered = ordered_};
    TRY(const InsertDone done, insert_documents(call_, *collection, spec, results_));
    inserted_ += done.inserted;
    auto failed = done.errors.begin();
    for (std::size_t i = begin; i < end && !stopped_; ++i) {
      if (failed != done.errors.end() && failed->first == i) {
        TRY_STATUS(note(i, failed->second));
        ++failed;
        continue;
      }
      if (!errors_only_) give(i, {{"n", int32(1)}});
    }
    return {};
  }

  Status update(std::size_t i) {
    const Value& statement = *operation(i).statement;
    UpdateSpec spec = update_spec(i, statement, kFields);
    auto fits = check_update_options(spec.update, spec.constants, spec.sort, spec.multi);
    if (!fits) return note(i, {std::move(fits).error(), {}});
    const StatementGave gave = update_once(call_, std::move(spec), results_);
    if (!gave) return note(i, gave.error());
    const Value* const id = gave->find("upserted");
    const std::size_t upserted = id == nullptr ? 0 : 1;
    matched_ += counted(*gave, "n") - upserted;
    modified_ += counted(*gave, "nModified");
    upserted_ += upserted;
    if (errors_only_) return {};
    std::vector<Field> fields = {{"n", *gave->find("n")}, {"nModified", *gave->find("nModified")}};
    if (id != nullptr) fields.push_back({"upserted", document({{std::string(kIdField), *id}})});
    give(i, std::move(fields));
    return {};
  }

  Status remove(std::size_t i) {
    const Value& statement = *operation(i).statement;
    UpdateSpec spec = delete_spec(i, statement, kFields, given_flag(statement, "multi"));
    const StatementGave gave = delete_once(call_, std::move(spec), results_);
    if (!gave) return note(i, gave.error());
    deleted_ += counted(*gave, "n");
    if (!errors_only_) give(i, {{"n", *gave->find("n")}});
    return {};
  }

  void give(std::size_t i, std::vector<Field> what) {
    std::vector<Field> fields = {{"ok", Value::float64(1)}, {"idx", int32(i)}};
    for (Field& field : what) fields.push_back(std::move(field));
    rows_.push_back(document(std::move(fields)));
  }

  // What all of them failed by: of ordered ones the first is told.
  Status note_all(std::size_t begin, std::size_t end, const WriteError& failed) {
    for (std::size_t i = begin; i < end && !stopped_; ++i) TRY_STATUS(note(i, failed));
    return {};
  }

  Status note(std::size_t i, const WriteError& failed) {
    if (ends_command(failed.error)) return std::unexpected(failed.error);
    ++errors_;
    stopped_ = ordered_;
    std::vector<Field> fields = {{"ok", Value::float64(0)},
                                 {"idx", int32(i)},
                                 {"code", int32(failed.error.number)},
                                 {"errmsg", text(failed.error.what)}};
    for (const Field& field : failed.info) fields.push_back(field);
    fields.push_back({"n", int32(0)});
    if (operation(i).kind == BulkKind::update) fields.push_back({"nModified", int32(0)});
    rows_.push_back(document(std::move(fields)));
    return {};
  }

  CommandCall& call_;
  const BulkRequest& request_;
  Turned turned_;
  const bool ordered_;
  const bool errors_only_;
  StatementResults results_;
  bool stopped_ = false;
  std::vector<Value> rows_;
  std::size_t errors_ = 0;
  std::size_t inserted_ = 0;
  std::size_t matched_ = 0;
  std::size_t modified_ = 0;
  std::size_t upserted_ = 0;
  std::size_t deleted_ = 0;
};

}  // namespace

Result<Reply> run_bulk_write(CommandCall& call) {
  TRY(const BulkRequest request, read_bulk_request(call));
  TRY(const BatchLimits limits, list_limits(call));
  for (const BulkNamespace& target : request.namespaces) {
    for (const catalog::Permission part : catalog::kPartsOfWrite) {
      if (!target.needs.has(part)) continue;
      TRY_STATUS(require_on(call, part, target.database, target.collection));
    }
  }
  BulkWriter writer(call, request);
  TRY_STATUS(writer.run());
  return writer.reply(limits);
}

}  // namespace octavo::mongodb
