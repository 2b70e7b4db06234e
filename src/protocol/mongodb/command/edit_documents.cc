#include "protocol/mongodb/command/edit_documents.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "dialect/mongodb/error/error.h"
#include "function/family.h"
#include "protocol/mongodb/command/call.h"
#include "protocol/mongodb/command/find_plan.h"
#include "protocol/mongodb/command/new_document.h"
#include "protocol/mongodb/command/retry_record.h"
#include "protocol/mongodb/command/several_writes.h"

namespace octavo::mongodb {
namespace {

using exec::RowEdit;
using value::Value;

// Documents that are written in one transaction.
constexpr std::size_t kDocumentsAtOnce = 1'000;

std::unexpected<WriteError> failed(Error error) {
  return std::unexpected(WriteError{with_number(std::move(error)), {}});
}

// What the log keeps of a statement that is about to be written.
Result<RetryToken> record(const CommandCall& call, const EditSpec& spec, EditDone& done) {
  TRY(done.result, spec.result(done));
  return retry_token(call, spec.statement, *done.result);
}

class Editor {
 public:
  Editor(CommandCall& call, const RequestScope& scope, const Collection& collection,
         const EditSpec& spec)
      : call_(call), scope_(scope), collection_(collection), spec_(spec) {}

  EditResult run() {
    if (const Value* const id =
            spec_.hint == nullptr ? sole_id(spec_.filter, spec_.collation) : nullptr) {
      return write({*id});
    }
    if (spec_.multi) {
      auto keys = find(std::nullopt);
      if (!keys) return failed(std::move(keys).error());
      return write_all(*std::move(keys));
    }
    // The one that was found may match no more when it is written: then another may.
    for (int attempt = 0; attempt < kMostAttempts; ++attempt) {
      auto keys = find(1);
      if (!keys) return failed(std::move(keys).error());
      if (keys->empty()) return EditDone();
      auto done = write(*std::move(keys));
      if (!done || done->matched != 0) return done;
    }
    return failed(error(ErrorCode::write_conflict,
                        "A document that matches kept changing; gave up after {} attempts",
                        kMostAttempts)
                      .error());
  }

 private:
  struct Outcome {
    bool matched = false;
    bool modified = false;
    std::optional<Value> before;
    std::optional<Value> after;
  };

  // The primary keys of documents that match.
  Result<std::vector<Value>> find(std::optional<std::int64_t> limit) {
    exec::QueryContext& context = call_.context();
    // Each attempt sees what is there now.
    context.leave_version();
    context.one_version = true;
    EngineCollections collections(call_, context);
    if (spec_.hint != nullptr) collections.set_hint(*spec_.hint);
    TRY(const auto plan,
        plan_documents(call_, collections, scope_,
                       {.filter = &spec_.filter, .sort = spec_.sort, .limit = limit}));
    TRY(const auto query, call_.engine().query(plan, context));
    std::vector<Value> keys;
    std::vector<Value> rows;
    do {
      rows.clear();
      TRY_STATUS(query->next(kDocumentsAtOnce, rows));
      for (const Value& row : rows) {
        const Value* const id = row.find(kIdField);
        if (id != nullptr) keys.push_back(*id);
      }
    } while (!rows.empty() && !(limit && keys.size() >= static_cast<std::size_t>(*limit)));
    return keys;
  }

  EditResult write_all(std::vector<Value> keys) {
    EditDone done;
    if (keys.size() > kDocumentsAtOnce) {
      Status on_worker = begin_several_writes(call_);
      if (!on_worker) return failed(std::move(on_worker).error());
    }
    for (std::size_t begin = 0; begin < keys.size(); begin += kDocumentsAtOnce) {
      const std::size_t end = std::min(keys.size(), begin + kDocumentsAtOnce);
      auto part = write({keys.begin() + static_cast<std::ptrdiff_t>(begin),
                         keys.begin() + static_cast<std::ptrdiff_t>(end)});
      if (!part) return part;
      done.matched += part->matched;
      done.modified += part->modified;
    }
    return done;
  }

  EditResult write(std::vector<Value> keys) {
    std::vector<Outcome> outcomes(keys.size());
    std::optional<EditDone> recorded;
    const auto decide = [&](std::size_t i, const Value* current) -> Result<RowEdit> {
      outcomes[i] = Outcome();
      recorded.reset();
      if (current == nullptr) return RowEdit();
      return edit(*current, outcomes[i]);
    };
    TokenOfWrite token;
    if (spec_.result && !spec_.multi) {
      token = [&] { return record(call_, spec_, recorded.emplace(sum(outcomes))); };
    }
    auto written = write_documents(call_, collection_, std::move(keys), decide, false, {}, token);
    if (!written) return failed(std::move(written).error());
    if (!written->errors.empty()) return std::unexpected(std::move(written->errors.front().second));
    return recorded ? *std::move(recorded) : sum(outcomes);
  }

  EditDone sum(std::vector<Outcome>& outcomes) const {
    EditDone done;
    for (Outcome& outcome : outcomes) {
      done.matched += outcome.matched ? 1 : 0;
      done.modified += outcome.modified ? 1 : 0;
      if (!spec_.multi && outcome.matched) {
        done.before = std::move(outcome.before);
        done.after = std::move(outcome.after);
      }
    }
    return done;
  }

  Result<RowEdit> edit(const Value& document, Outcome& outcome) {
    function::EvalContext& context = call_.context().evaluation;
    TRY(const Value matches, function::evaluate_lambda(spec_.matching, {&document, 1}, context));
    if (matches.type() != value::Type::boolean || !matches.as_boolean()) return RowEdit();
    outcome.matched = true;
    outcome.before = document;
    if (spec_.update == nullptr) {
      outcome.modified = true;
      return RowEdit{.action = RowEdit::Action::erase, .row = {}};
    }
    TRY(auto after, spec_.update->apply(document, spec_.matching, context));
    outcome.after = after ? *after : document;
    if (!after) return RowEdit();
    TRY_STATUS(check_document(*after));
    outcome.modified = true;
    return RowEdit{.action = RowEdit::Action::put,
                   .row = collection_.stored(*after),
                   .whole = spec_.update->is_replacement()};
  }

  CommandCall& call_;
  const RequestScope& scope_;
  const Collection& collection_;
  const EditSpec& spec_;
};

}  // namespace

EditResult edit_documents(CommandCall& call, const RequestScope& scope,
                          const Collection& collection, const EditSpec& spec) {
  return Editor(call, scope, collection, spec).run();
}

Expected<std::optional<EditDone>, WriteError> upsert_document(CommandCall& call,
                                                              const Collection& collection,
                                                              const EditSpec& spec) {
  auto made = spec.update->make_upsert(spec.matching, call.context().evaluation);
  if (!made) return failed(std::move(made).error());
  auto document = new_document(*made);
  if (!document) return failed(std::move(document).error());
  bool taken = false;
  const auto decide = [&](std::size_t /*i*/, const Value* current) -> Result<RowEdit> {
    taken = current != nullptr;
    if (taken) return RowEdit();
    return RowEdit{.action = RowEdit::Action::put, .row = collection.stored(*document)};
  };
  const Value id = *document->find(kIdField);
  EditDone done;
  done.upserted = *document;
  TokenOfWrite token;
  if (spec.result) token = [&] { return record(call, spec, done); };
  auto written = write_documents(call, collection, {id}, decide, true, new_one(*document), token);
  if (!written) return failed(std::move(written).error());
  if (!written->errors.empty()) return std::unexpected(std::move(written->errors.front().second));
  if (!taken) return std::optional(std::move(done));
  // Where the filter names the key, the document that has it is the one that was looked for.
  if (sole_id(spec.filter, spec.collation) != nullptr) return std::optional<EditDone>();
  return std::unexpected(duplicate_id(call, collection, id));
}

}  // namespace octavo::mongodb
