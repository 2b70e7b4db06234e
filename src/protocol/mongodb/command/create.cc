// create, drop, dropDatabase, collMod.

#include <algorithm>
#include <limits>
#include <span>
#include <utility>

#include "catalog/edit.h"
#include "dialect/mongodb/error/error.h"
#include "dialect/mongodb/expression/collation.h"
#include "dialect/mongodb/type/namespace.h"
#include "dialect/mongodb/type/type.h"
#include "protocol/mongodb/command/capped.h"
#include "protocol/mongodb/command/capped_room.h"
#include "protocol/mongodb/command/collation.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/collection_rows.h"
#include "protocol/mongodb/command/create_options.h"
#include "protocol/mongodb/command/definition_change.h"
#include "protocol/mongodb/command/index_definition.h"
#include "protocol/mongodb/command/modify_index.h"
#include "protocol/mongodb/command/profile.h"
#include "protocol/mongodb/command/rights.h"
#include "protocol/mongodb/command/series.h"
#include "protocol/mongodb/command/validator.h"
#include "protocol/mongodb/command/view.h"

namespace octavo::mongodb {
namespace {

using catalog::CatalogState;
using catalog::Changes;
using value::Field;
using value::Value;

// Options of a collection that nothing here carries out.
constexpr std::string_view kNotMade[] = {"encryptedFields"};
constexpr std::string_view kNotChanged[] = {"timeseries", "expireAfterSeconds"};

bool is_asked(const Value& option) {
  return option.type() != value::Type::boolean || option.as_boolean();
}

Status refuse_unsupported(CommandCall& call, std::span<const std::string_view> unsupported) {
  for (const std::string_view name : unsupported) {
    const Value* const option = call.find(name);
    const bool empty = option != nullptr && option->is_object() && option->as_object().empty();
    if (option == nullptr || empty || !is_asked(*option)) continue;
    return error(ErrorCode::command_not_supported, "{} with the option '{}' is not supported",
                 call.name(), name);
  }
  return {};
}

Status check_number(CommandCall& call, std::string_view option, std::int64_t least,
                    std::int64_t most) {
  const auto number = call.integer(option);
  if (!number || (*number >= least && *number <= most)) return {};
  const bool less = *number < least;
  return error(51024, "BSON field '{}' value must be {} {}, actual value '{}'", option,
               less ? ">=" : "<=", less ? least : most, *number);
}

Status check_combinations(CommandCall& call) {
  const bool capped = call.flag("capped");
  if (!capped && (call.find("size") != nullptr || call.find("max") != nullptr)) {
    return error(ErrorCode::invalid_options,
                 "the 'capped' field needs to be true when either the 'size' or 'max' fields are "
                 "present");
  }
  if (capped && call.find("size") == nullptr) {
    return error(ErrorCode::invalid_options, "the 'size' field is required when 'capped' is true");
  }
  TRY_STATUS(check_number(call, "size", 1, kMostCappedBytes));
  TRY_STATUS(
      check_number(call, "max", std::numeric_limits<std::int64_t>::min(), kMostCappedDocuments));
  if (call.find("pipeline") != nullptr && call.find("viewOn") == nullptr) {
    return error(ErrorCode::invalid_options, "'pipeline' requires 'viewOn' to also be specified");
  }
  return {};
}

// What is kept of a collection's options, in the order in which they were given.
constexpr std::string_view kCollation = "collation";
constexpr std::string_view kKept[] = {"changeStreamPreAndPostImages",
                                      "validator",
                                      "validationLevel",
                                      "validationAction",
                                      kCollation,
                                      "expireAfterSeconds"};
// Those that are kept otherwise than they were given.
struct KeptRow {
  std::string_view option;
  Value (*kept)(const Value& given);
};
constexpr KeptRow kKeptOtherwise[] = {{"clusteredIndex", kept_clustered},
                                      {"timeseries", kept_timeseries}};

// The collation in full.
Result<Value> kept_options(CommandCall& call) {
  std::vector<Field> fields;
  if (call.flag("capped")) {
    fields = capped_options(call.integer("size").value_or(0), call.integer("max"));
  }
  for (const Field& option : call.body().as_object()) {
    const auto* const row = std::ranges::find(kKeptOtherwise, option.name, &KeptRow::option);
    if (row != std::end(kKeptOtherwise) && option.value.is_object()) {
      fields.push_back({option.name, row->kept(option.value)});
      continue;
    }
    if (std::ranges::find(kKept, option.name) == std::end(kKept) || option.value.is_null())
      continue;
    if (option.name != kCollation) {
      fields.push_back(option);
      continue;
    }
    TRY(auto full, read_collation("create.collation", option.value));
    if (full) fields.push_back({option.name, *std::move(full)});
  }
  return Value::object(std::move(fields));
}

// What a view is made of, as it is kept.
Result<Value> view_form(CommandCall& call) {
  const Value* const pipeline = call.find("pipeline");
  std::vector<Field> fields = {{"viewOn", Value::string(call.text("viewOn"))},
                               {"pipeline", pipeline == nullptr ? Value::array({}) : *pipeline}};
  if (const Value* const collation = call.find(kCollation)) {
    TRY(auto full, read_collation("create.collation", *collation));
    if (full) fields.push_back({std::string(kCollation), *std::move(full)});
  }
  return Value::object(std::move(fields));
}

// 167 for a view over another one that compares otherwise.
Status check_view_collation(CommandCall& call, std::string_view on, const Value* collation) {
  const auto state = call.engine().catalog();
  const auto* const base = find_view(*state, call.database(), on);
  if (base == nullptr) return {};
  if (collation_name(own_collation(*base)) == collation_name(collation)) return {};
  return error(ErrorCode::option_not_supported_on_view,
               "View {} has conflicting collation with view {}.{}", call.ns(), call.database(), on);
}

std::unexpected<Error> exists(CommandCall& call) {
  return error(ErrorCode::namespace_exists, "Collection {} already exists.", call.ns());
}

Status create_view(CommandCall& call) {
  TRY(const Value form, view_form(call));
  if (call.text("viewOn").empty()) {
    return error(ErrorCode::bad_value, "'viewOn' cannot be empty");
  }
  TRY_STATUS(check_view_collation(call, call.text("viewOn"), form.find(kCollation)));
  TRY_STATUS(check_view(call, call.text("viewOn"), *form.find("pipeline"), form.find(kCollation)));
  TRY_STATUS(ensure_database(call, call.database(), call.collection()));
  return define(call, [&](const CatalogState& state) -> Result<Changes> {
    const auto* const database = state.find_database(call.database());
    if (database == nullptr) return fail(Code::conflict, "The database was dropped meanwhile.");
    if (state.has_name(database->id, call.collection())) {
      return fail(Code::already_exists, "There is something of that name.");
    }
    catalog::ViewDefinition view;
    view.id = TableId{state.next_id()};
    view.database = database->id;
    view.name = call.collection();
    view.definer = call.user();
    view.as_invoker = true;
    view.forms.set(kProtocolName, form);
    return Changes{catalog::PutView{std::move(view)}};
  });
}

Status create_with_options(CommandCall& call) {
  TRY(const Value options, kept_options(call));
  TRY(const Bytes validator, validator_condition(call, options));
  TRY(const Collection made,
      create_collection(call, call.database(), call.collection(), options, validator));
  return add_series_expiry(call, made);
}

}  // namespace

Result<Reply> run_create(CommandCall& call) {
  TRY_STATUS(check_create_options(call));
  TRY_STATUS(check_combinations(call));
  TRY_STATUS(refuse_unsupported(call, kNotMade));
  if (call.find("expireAfterSeconds") != nullptr && call.find("timeseries") == nullptr) {
    TRY_STATUS(refuse_unsupported(call, kNotChanged));
  }
  const auto state = call.engine().catalog();
  const bool is_view = call.find("viewOn") != nullptr;
  const auto* const view = find_view(*state, call.database(), call.collection());
  const auto collection = find_collection(*state, call.database(), call.collection());
  if (view != nullptr) {
    if (!is_view) return exists(call);
    TRY(const Value form, view_form(call));
    return equal(view->forms.of(kProtocolName), form) ? Result<Reply>(Reply()) : exists(call);
  }
  if (collection) {
    // A transaction is told in any case: it has not made it.
    TRY(const Value options, kept_options(call));
    const bool same = !is_view && equal(options_of(*collection->table), options);
    if (!same || call.in_transaction()) return exists(call);
    return Reply();
  }
  const Status made = is_view ? create_view(call) : create_with_options(call);
  if (!made && made.error().code == Code::already_exists) return exists(call);
  TRY_STATUS(made);
  return Reply();
}

Result<Reply> run_drop(CommandCall& call) {
  const auto state = call.engine().catalog();
  Reply reply;
  if (const auto* const view = find_view(*state, call.database(), call.collection())) {
    TRY_STATUS(define(call, [id = view->id](const CatalogState& now) -> Result<Changes> {
      if (now.find_view(id) == nullptr) return Changes();
      return Changes{catalog::DropView{id}};
    }));
    return std::move(reply.add("ns", Value::string(call.ns())));
  }
  const auto collection = find_collection(*state, call.database(), call.collection());
  if (!collection && call.collection() == kProfileCollection) TRY_STATUS(drop_profile(call));
  if (!collection) return reply;
  TRY_STATUS(define_alone(call, [&](const CatalogState& now) -> Result<Changes> {
    if (now.find_table(collection->id()) == nullptr) return Changes();
    return catalog::drop_table(now, collection->id());
  }));
  reply.add("nIndexesWas", Value::int32(index_count(*collection->table)))
      .add("ns", Value::string(call.ns()));
  return reply;
}

Result<Reply> run_drop_database(CommandCall& call) {
  const Value& given = call.target();
  const bool one = given.is_number() ? given.to_double() == 1
                                     : given.type() == value::Type::boolean && given.as_boolean();
  if (!one) return error(5255100, "Have to pass 1 as 'dropDatabase' parameter");
  static constexpr std::string_view kAdmin = "admin";
  if (call.database() == kAdmin) {
    return error(ErrorCode::illegal_operation, "Dropping the '{}' database is prohibited.",
                 call.database());
  }
  forget_profile(call);
  Reply reply;
  if (call.engine().catalog()->find_database(call.database()) == nullptr) return reply;
  TRY_STATUS(define_alone(call, [&](const CatalogState& now) -> Result<Changes> {
    const auto* const database = now.find_database(call.database());
    if (database == nullptr) return Changes();
    return catalog::drop_database(now, database->id);
  }));
  reply.add("dropped", Value::string(call.database()));
  return reply;
}

namespace {

// The limits of a capped collection. What is beyond lower ones goes.
Status modify_capped(CommandCall& call, const Collection& collection) {
  const auto bytes = call.integer("cappedSize");
  const auto documents = call.integer("cappedMax");
  if (!bytes && !documents) return {};
  if (!is_capped(*collection.table)) {
    return error(ErrorCode::invalid_options, "option not supported on a non-capped collection: {}",
                 bytes ? "cappedSize" : "cappedMax");
  }
  TRY_STATUS(check_number(call, "cappedSize", 1, kMostCappedBytes));
  TRY_STATUS(check_number(call, "cappedMax", std::numeric_limits<std::int64_t>::min(),
                          kMostCappedDocuments));
  TRY_STATUS(define(call, [&](const CatalogState& now) -> Result<Changes> {
    return catalog::edit_table(
        now, collection.id(), [&](catalog::TableDefinition& table) -> Status {
          const auto before = capped_limits(table);
          if (!before) return fail(Code::conflict, "The collection was changed meanwhile.");
          value::ObjectBuilder options(options_of(table));
          options.erase("max");
          const auto after = capped_options(bytes.value_or(before->bytes),
                                            documents ? documents : before->documents);
          for (const Field& option : after) options.set(option.name, option.value);
          table.options.set(kProtocolName, std::move(options).build());
          return {};
        });
  }));
  return shrink_to_limits(call, collection);
}

}  // namespace

Result<Reply> run_collection_modify(CommandCall& call) {
  const auto state = call.engine().catalog();
  if (const auto* const view = find_view(*state, call.database(), call.collection())) {
    const Value& before = view->forms.of(kProtocolName);
    const Value* const on =
        call.find("viewOn") != nullptr ? call.find("viewOn") : before.find("viewOn");
    const Value* const pipeline =
        call.find("pipeline") != nullptr ? call.find("pipeline") : before.find("pipeline");
    if (on == nullptr || pipeline == nullptr) {
      return error(ErrorCode::invalid_options, "the view is of another protocol");
    }
    if (on->as_string().empty()) return error(ErrorCode::bad_value, "'viewOn' cannot be empty");
    TRY_STATUS(check_collection_name(call.database(), on->as_string()));
    TRY_STATUS(check_view_collation(call, on->as_string(), own_collation(*view)));
    TRY_STATUS(check_view(call, on->as_string(), *pipeline, own_collation(*view)));
    value::ObjectBuilder changes(before);
    changes.set("viewOn", *on);
    changes.set("pipeline", *pipeline);
    const Value form = std::move(changes).build();
    TRY_STATUS(define(call, [&](const CatalogState& now) -> Result<Changes> {
      const auto* const there = now.find_view(view->id);
      if (there == nullptr) return fail(Code::not_found, "The view was dropped.");
      catalog::ViewDefinition changed = *there;
      changed.forms.set(kProtocolName, form);
      return Changes{catalog::PutView{std::move(changed)}};
    }));
    return Reply();
  }
  const auto collection = find_collection(*state, call.database(), call.collection());
  if (!collection) {
    return error(ErrorCode::namespace_not_found, "ns does not exist: {}", call.ns());
  }
  if (call.find("viewOn") != nullptr || call.find("pipeline") != nullptr) {
    return error(ErrorCode::invalid_options, "option not supported on a collection: viewOn");
  }
  TRY_STATUS(refuse_unsupported(call, kNotChanged));
  if (const Value* const images = call.find("changeStreamPreAndPostImages")) {
    TRY_STATUS(check_images("collMod.changeStreamPreAndPostImages", *images));
  }
  TRY_STATUS(modify_capped(call, *collection));
  const bool checks_only = call.flag("dryRun");
  const Value* const index = call.find("index");
  if (checks_only && index == nullptr) {
    return error(ErrorCode::invalid_options, "dryRun is about an index that is made unique");
  }
  Reply reply;
  if (index != nullptr) {
    TRY(reply.fields, modify_index(call, *collection, *index, checks_only));
  }
  TRY(const Value kept, kept_options(call));
  if (kept.as_object().empty()) return reply;
  TRY_STATUS(define_alone(call, [&](const CatalogState& now) -> Result<Changes> {
    return catalog::edit_table(
        now, collection->id(), [&](catalog::TableDefinition& table) -> Status {
          value::ObjectBuilder options(options_of(table).is_object() ? options_of(table)
                                                                     : Value::object({}));
          for (const Field& option : kept.as_object()) options.set(option.name, option.value);
          const Value now = std::move(options).build();
          TRY(const Bytes condition, validator_condition(call, now));
          set_validator(table, condition);
          table.options.set(kProtocolName, now);
          return {};
        });
  }));
  return reply;
}

}  // namespace octavo::mongodb
