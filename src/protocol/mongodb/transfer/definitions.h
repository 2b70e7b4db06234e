#pragma once

// Collections, views and indexes of the source on the target, and what has changed of them since.

#include <string>
#include <vector>

#include "protocol/mongodb/transfer/commands.h"
#include "protocol/mongodb/transfer/ledger.h"
#include "protocol/mongodb/transfer/report.h"
#include "protocol/mongodb/transfer/source.h"

namespace octavo::mongodb::transfer {

// Unique ones wait until the documents are those of one time.
enum class IndexChoice : std::uint8_t { not_unique, all };

class Definitions {
 public:
  // All outlive it.
  Definitions(Commands& source, Commands& target, Ledger& ledger, Report& report)
      : source_(source), target_(target), ledger_(ledger), report_(report) {}

  // The collection or view of that entry, empty, as the source has it. 48: it is there already.
  Status make(CollectionEntry& entry, const SourceCollection& definition);
  Status drop(const CollectionName& name);  // none is there: fine

  // Indexes that the source has and the target lacks, or has otherwise; and the reverse.
  Status match_indexes(CollectionEntry& entry, IndexChoice choice);
  Status match_indexes(CollectionEntry& entry, const std::vector<value::Value>& wanted,
                       IndexChoice choice);
  // Validators and what else can be changed of a collection; the pipeline of a view. Of views that
  // are new or have gone as well. Says what cannot be changed.
  Status match_options(const Selection& taken);

 private:
  Status create_index(CollectionEntry& entry, const value::Value& index);
  Status drop_index(CollectionEntry& entry, std::string_view name);
  Status match_one(CollectionEntry& entry, const SourceCollection& definition);
  Status make_view(const SourceCollection& definition);

  Commands& source_;
  Commands& target_;
  Ledger& ledger_;
  Report& report_;
};

}  // namespace octavo::mongodb::transfer
