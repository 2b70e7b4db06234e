// `octavo import --mongodb-uri`: the order of a copy.
//
// The place in the change stream is taken first, then documents are read, then the changes from
// that place on are applied: what happened in between is met once or twice, and never missed.

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <set>
#include <span>
#include <utility>

#include "dialect/mongodb/type/type.h"
#include "protocol/common/settings.h"
#include "protocol/mongodb/command/build.h"
#include "protocol/mongodb/transfer/apply.h"
#include "protocol/mongodb/transfer/copy.h"
#include "protocol/mongodb/transfer/follow.h"
#include "protocol/mongodb/transfer/local.h"
#include "protocol/mongodb/transfer/settings.h"

namespace octavo::mongodb::transfer {
namespace {

using protocol::Existing;
using protocol::ServerImport;
using value::Value;

constexpr std::size_t kMostNamed = 5;  // of collections in a message

std::string listed(const std::vector<std::string>& names) {
  const std::size_t shown = std::min(names.size(), kMostNamed);
  std::string out = fmt::format("{}", fmt::join(std::span(names).first(shown), ", "));
  if (shown < names.size()) out += fmt::format(" and {} others", names.size() - shown);
  return out;
}

std::optional<std::int64_t> retry_limit(const ServerImport& import) {
  const auto limit = import.settings.number(kRetryTime);
  return limit ? std::optional(static_cast<std::int64_t>(*limit)) : std::nullopt;
}

// One import, from its connections to its last word.
class Import {
 public:
  Import(const ServerImport& import, Remote& source, Commands& target, Selection taken)
      : existing_(import.existing),
        resume_(import.settings.text(kResume) == "on"),
        follow_(import.settings.text(kFollow)),
        source_(source),
        target_(target),
        taken_(std::move(taken)),
        patience_(retry_limit(import), report_, stop_),
        asked_source_(source, patience_),
        asked_target_(target, patience_),
        ledger_(asked_target_, source.hosts()),
        definitions_(asked_source_, asked_target_, ledger_, report_) {}

  Result<std::string> run() {
    TRY_STATUS(meet());
    TRY(const bool went_before, recall());
    TRY_STATUS(look());
    if (!went_before) TRY_STATUS(begin());
    Status done = prepare();
    if (done) done = copy();
    if (done) done = follow();
    if (done) {
      std::string told = summary();
      // What is neither resumed nor followed later needs no place.
      if (!follows_) TRY_STATUS(ledger_.finish());
      return told;
    }
    if (done.error().code == Code::cancelled) {
      return fail(Code::cancelled,
                  "stopped before it was complete; the same command goes on from here");
    }
    return fail(std::move(done).error());
  }

 private:
  Status meet();
  Result<bool> recall();
  Status look();
  Status begin();
  Status prepare();
  Status prepare_one(const SourceCollection& definition, bool there);
  Status copy();
  Status follow();
  Status compare_counts();
  std::string summary();
  CopyParts parts() {
    return {source_,   asked_source_, asked_target_, ledger_, definitions_,
            patience_, report_,       stop_,         follows_};
  }

  const Existing existing_;
  const bool resume_;
  const std::string follow_;
  Remote& source_;
  Commands& target_;
  const Selection taken_;
  const StopRequest stop_;
  Report report_;
  Patience patience_;
  Persistent asked_source_;
  Persistent asked_target_;
  Ledger ledger_;
  Definitions definitions_;
  SourceServer server_;
  std::vector<SourceCollection> all_;  // of the source
  std::set<CollectionName> there_;     // of the target, of those that are taken
  bool follows_ = false;
  std::uint64_t documents_ = 0;
  std::uint64_t bytes_ = 0;
  std::uint64_t changes_ = 0;
};

// Without patience: what does not answer at first was named wrongly.
Status Import::meet() {
  TRY(server_, describe(source_));
  TRY(const SourceServer target, describe(target_));
  if (!server_.process.is_null() && equal(server_.process, target.process)) {
    return fail(Code::invalid_argument, "the source and the target are the same server");
  }
  report_.say(fmt::format("from {}, version {}", source_.name(), server_.version));
  report_.say(fmt::format("into {}", target_.name()));
  return {};
}

// Whether an import of before goes on.
Result<bool> Import::recall() {
  TRY(const bool found, ledger_.load());
  if (!found) return false;
  if (!resume_) {
    TRY_STATUS(ledger_.clear());
    return false;
  }
  const bool wanted = follow_ != "off";
  follows_ = wanted && !ledger_.token().is_null();
  if (wanted && !follows_ && ledger_.collections().empty()) return false;
  report_.say(
      fmt::format("going on with the import that {} in the target has begun", kLedgerDatabase));
  return true;
}

Status Import::begin() {
  Value token;
  std::string why;
  if (follow_ == "off") {
    why = "it was asked for (mongodb-follow off)";
  } else if (!server_.has_changes) {
    why = "the source stands alone, and only replica sets have change streams";
  } else {
    TRY(token, present_token(source_, why));
  }
  follows_ = !token.is_null();
  if (!follows_) {
    report_.say(fmt::format(
        "copy only, without the changes that come meanwhile: {}. Nobody should write to the source "
        "until it is done.",
        why.empty() ? "the source tells no place in its change stream" : why));
  }
  return ledger_.set_token(std::move(token));
}

// Before anything is made: whether everything can be.
Status Import::look() {
  TRY(all_, list_collections(asked_source_, taken_));
  TRY(const std::vector<SourceCollection> found, list_collections(asked_target_, taken_));
  for (const SourceCollection& collection : found) there_.insert(collection.name);
  std::vector<std::string> names;
  std::vector<std::string> unknown;
  for (const SourceCollection& definition : all_) {
    if (definition.kind == CollectionKind::other) {
      unknown.push_back(fmt::format("{} ({})", definition.name.full(), definition.kind_name));
    }
    if (there_.contains(definition.name) && ledger_.find(definition.name) == nullptr) {
      names.push_back(definition.name.full());
    }
  }
  if (!unknown.empty()) {
    return fail(Code::unsupported, fmt::format("collections of a kind that is not supported: {}; "
                                               "leave them out with --mongodb-exclude",
                                               listed(unknown)));
  }
  if (names.empty() || existing_ != Existing::refuse) return {};
  return fail(Code::already_exists,
              fmt::format("the target has these collections already: {}; nothing was copied (see "
                          "--existing, --mongodb-include, --mongodb-exclude)",
                          listed(names)));
}

Status Import::prepare() {
  for (const SourceCollection& definition : all_) {
    TRY_STATUS(prepare_one(definition, there_.contains(definition.name)));
  }
  return {};
}

Status Import::prepare_one(const SourceCollection& definition, bool there) {
  const CollectionEntry* const known = ledger_.find(definition.name);
  if (known != nullptr && (known->made || known->skipped)) return {};
  CollectionEntry entry;
  entry.name = definition.name;
  entry.kind = definition.kind;
  entry.skipped = there && known == nullptr && existing_ == Existing::skip;
  const bool is_view = definition.kind == CollectionKind::view;
  // The entry comes first: what is there at the next attempt is ours.
  if (!is_view || entry.skipped) TRY_STATUS(ledger_.save(entry));
  if (entry.skipped) {
    report_.say(fmt::format("{}: is there already and left alone", entry.name.full()));
    return {};
  }
  if (there) TRY_STATUS(definitions_.drop(entry.name));
  // Views are made at the end, of what they look at.
  return is_view ? Status() : definitions_.make(entry, definition);
}

Status Import::copy() {
  const CopyParts all = parts();
  SourceSize size;
  std::uint64_t before = 0;
  std::vector<CollectionName> left;
  for (const auto& [name, entry] : ledger_.collections()) {
    if (entry.skipped || entry.copied || entry.kind != CollectionKind::collection) continue;
    TRY(const SourceSize one, measure(asked_source_, name));
    size.documents += one.documents;
    size.bytes += one.bytes;
    before += entry.documents;
    left.push_back(name);
  }
  CopyProgress progress(report_, size.documents, size.bytes);
  progress.skip(before);
  for (const CollectionName& name : left) {
    TRY_STATUS(copy_documents(all, *ledger_.find(name), progress));
  }
  documents_ = progress.documents();
  bytes_ = progress.bytes();
  if (!left.empty()) {
    report_.say(fmt::format("copied {} collections: {} documents, {} in {}", left.size(),
                            grouped(documents_), size_text(bytes_), time_text(progress.seconds())));
  }
  for (auto& [name, entry] : ledger_.collections()) {
    TRY_STATUS(
        definitions_.match_indexes(entry, follows_ ? IndexChoice::not_unique : IndexChoice::all));
  }
  return definitions_.match_options(taken_);
}

Status Import::follow() {
  if (!follows_) {
    return compare_counts();
  }
  const CopyParts all = parts();
  Applier applier(all, taken_, existing_);
  Follower follower(all, taken_, applier);
  report_.say("the copy is complete; applying what has changed meanwhile");
  TRY_STATUS(
      follower.run(follow_ == "until-caught-up" ? FollowUntil::caught_up : FollowUntil::stopped));
  changes_ = applier.applied();
  // What no event tells of.
  for (auto& [name, entry] : ledger_.collections()) {
    TRY_STATUS(definitions_.match_indexes(entry, IndexChoice::all));
  }
  TRY_STATUS(definitions_.match_options(taken_));
  return compare_counts();
}

// Says where the two differ: somebody has written to either, or documents have expired.
Status Import::compare_counts() {
  std::vector<std::string> differ;
  for (const auto& [name, entry] : ledger_.collections()) {
    if (entry.skipped || !entry.made || entry.kind != CollectionKind::collection) continue;
    TRY(const std::uint64_t there, count_documents(asked_source_, name));
    TRY(const std::uint64_t here, count_documents(asked_target_, name));
    if (there != here) {
      differ.push_back(
          fmt::format("{} ({} there, {} here)", name.full(), grouped(there), grouped(here)));
    }
  }
  if (!differ.empty()) {
    report_.say(
        fmt::format("numbers of documents differ, as after writes since: {}", listed(differ)));
  }
  return {};
}

std::string Import::summary() {
  std::uint64_t collections = 0;
  std::uint64_t views = 0;
  std::uint64_t indexes = 0;
  std::uint64_t skipped = 0;
  for (const auto& [name, entry] : ledger_.collections()) {
    if (entry.skipped) {
      ++skipped;
    } else if (entry.kind == CollectionKind::view) {
      ++views;
    } else {
      ++collections;
      indexes += entry.indexes.size();
    }
  }
  std::string out = fmt::format("{}: {} collections, {} views, {} indexes; {} documents copied",
                                source_.hosts(), collections, views, indexes, documents_);
  if (follows_) out += fmt::format(", {} changes applied", changes_);
  if (skipped > 0) out += fmt::format("; {} were there already", skipped);
  if (follows_) {
    out += fmt::format(
        "\nTo cut over: send the clients to the target. The same command goes on from here; when "
        "it "
        "is not needed any more, drop the database {} of the target.",
        kLedgerDatabase);
  }
  return out;
}

}  // namespace

Result<std::string> import_server(const ServerImport& import) {
  TRY(Selection taken,
      Selection::parse(import.settings.text(kInclude), import.settings.text(kExclude)));
  TRY(const std::unique_ptr<Remote> source,
      Remote::open(import.settings.text(kSource), "the source"));
  TRY(const std::unique_ptr<Commands> target, open_target(import));
  return Import(import, *source, *target, std::move(taken)).run();
}

}  // namespace octavo::mongodb::transfer
