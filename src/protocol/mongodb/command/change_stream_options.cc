#include "protocol/mongodb/command/change_stream_options.h"

#include <algorithm>
#include <array>

#include "dialect/mongodb/error/error.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/field.h"

namespace octavo::mongodb {
namespace {

using enum FieldRule;
using value::Value;

constexpr FieldRow kFields[] = {
    {"fullDocument", field::kString},
    {"fullDocumentBeforeChange", field::kString},
    {"resumeAfter", field::kObject},
    {"startAfter", field::kObject},
    {"startAtOperationTime", field::kTimestamp},
    {"showExpandedEvents", field::kBool},
    {"allChangesForCluster", field::kBool},
    {"showMigrationEvents", field::kBool, ignored},
    {"showSystemEvents", field::kBool, ignored},
};

template <class Meaning>
struct Word {
  std::string_view word;
  Meaning meaning;
};
constexpr Word<FullDocument> kFullDocument[] = {{"default", FullDocument::usual},
                                                {"updateLookup", FullDocument::update_lookup},
                                                {"whenAvailable", FullDocument::when_available},
                                                {"required", FullDocument::required}};
constexpr Word<DocumentBefore> kBefore[] = {{"off", DocumentBefore::off},
                                            {"whenAvailable", DocumentBefore::when_available},
                                            {"required", DocumentBefore::required}};

template <class Meaning, std::size_t N>
Result<Meaning> read_word(const Value& spec, std::string_view field,
                          const Word<Meaning> (&words)[N]) {
  const Value* const given = spec.find(field);
  if (given == nullptr || given->is_null()) return words[0].meaning;
  const auto* const row = std::ranges::find(words, given->as_string(), &Word<Meaning>::word);
  if (row != std::end(words)) return row->meaning;
  return error(ErrorCode::bad_value,
               "Enumeration value '{}' for field '$changeStream.{}' is not a valid value.",
               given->as_string(), field);
}

const Value* given(const Value& spec, std::string_view field) {
  const Value* const found = spec.find(field);
  return found == nullptr || found->is_null() ? nullptr : found;
}

bool flag(const Value& spec, std::string_view field) {
  const Value* const found = given(spec, field);
  return found != nullptr && to_flag(*found);
}

}  // namespace

Result<ChangeStreamOptions> parse_change_stream(const Value& spec) {
  if (!spec.is_object()) {
    return error(6188500, "$changeStream must take a nested object but found: {}",
                 field_type_name(spec));
  }
  TRY_STATUS(check_fields("$changeStream", spec.as_object(), kFields));
  ChangeStreamOptions options;
  TRY(options.events.full_document, read_word(spec, "fullDocument", kFullDocument));
  TRY(options.events.before, read_word(spec, "fullDocumentBeforeChange", kBefore));
  const Value* const resume = given(spec, "resumeAfter");
  const Value* const start = given(spec, "startAfter");
  const Value* const time = given(spec, "startAtOperationTime");
  if (resume != nullptr && start != nullptr) {
    return error(50865,
                 "Do not specify both 'resumeAfter' and 'startAfter' in a $changeStream "
                 "stage");
  }
  if (time != nullptr && (resume != nullptr || start != nullptr)) {
    return error(40674, "Only one type of resume option is allowed, but multiple were found.");
  }
  if (resume != nullptr || start != nullptr) {
    TRY(options.after, parse_token(resume != nullptr ? *resume : *start));
    options.start_after = start != nullptr;
    if (options.after->invalidated && !options.start_after) {
      return error(
          ErrorCode::invalid_resume_token,
          "Attempting to resume a change stream using 'resumeAfter' is not allowed from an "
          "invalidate notification.");
    }
  }
  if (time != nullptr) {
    options.start_at = LogTime{time->log_stamp_seconds(), time->log_stamp_increment()};
  }
  options.all_changes_for_cluster = flag(spec, "allChangesForCluster");
  options.events.expanded = flag(spec, "showExpandedEvents");
  return options;
}

bool keeps_images(const catalog::TableDefinition& table) {
  const Value* const option = find_option(table, "changeStreamPreAndPostImages");
  const Value* const on = option == nullptr ? nullptr : option->find("enabled");
  return on != nullptr && on->type() == value::Type::boolean && on->as_boolean();
}

}  // namespace octavo::mongodb
