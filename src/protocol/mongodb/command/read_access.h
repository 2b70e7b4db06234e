#pragma once

// How pipelines read collections here: over the catalog and the engine, through an index where the
// filter, the order or a hint asks for one.

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "dialect/mongodb/index/bounds.h"
#include "dialect/mongodb/index/key_pattern.h"
#include "dialect/mongodb/index/special.h"
#include "dialect/mongodb/match/conditions.h"
#include "dialect/mongodb/pipeline/collections.h"
#include "exec/context.h"
#include "protocol/mongodb/command/collection.h"
#include "protocol/mongodb/command/cursor.h"
#include "protocol/mongodb/command/query_shape.h"
#include "value/value.h"

namespace octavo::mongodb {

class CommandCall;

// Of one command. Plans are made for `context`, which they are run with.
class EngineCollections final : public Collections {
 public:
  EngineCollections(CommandCall& call, exec::QueryContext& context)
      : call_(call), context_(context) {}

  // By which index the collection of the command is to be read: its name, or its key; {$natural:
  // 1}.
  void set_hint(value::Value hint) { hint_ = std::move(hint); }

  // Where indexes are filtered for queries of that shape, only those are used, whatever is hinted.
  // Of what is asked of the collection of the command; after set_limits.
  void look_for_filter(const ShapeParts& parts);
  // Of a pipeline: a $match at its beginning, and a $sort behind that.
  void look_for_filter(value::ArrayView stages, std::string_view collation);
  // Whether there was one.
  bool is_filtered() const { return is_filtered_; }

  // Documents of capped collections come with their numbers (capped.h).
  void show_numbers() { shows_numbers_ = true; }

  // `min` and `max` of find: which keys of the hinted index are read, up to the second.
  void set_limits(const value::Value* least, const value::Value* beyond);

  // What was chosen for the last collection that was read, for explain; nothing: all documents.
  struct Chosen {
    std::optional<IndexId> index;
    bool by_primary_key = false;
    std::string name;
    value::Value key;  // its pattern
    bool multikey = false;
    std::optional<SpecialKind> special;  // what makes it another than one over values
    bool by_distance = false;            // documents come from the nearest to the farthest
    value::Value search;                 // of a text index: what it was asked for, as it is shown
  };
  const std::optional<Chosen>& chosen() const { return chosen_; }
  // That collection, for a cursor over the plan; nothing: it is not there.
  const std::optional<CursorSource>& source() const { return source_; }

  Result<FoundCollection> find(const CollectionName& name) override;
  Result<Documents> read(const CollectionName& collection, const Wanted& wanted) override;
  Result<algebra::PlanPtr> read_by(const CollectionName& collection,
                                   std::span<const std::string> path,
                                   const algebra::ExprPtr& keys) override;
  Result<algebra::PlanPtr> read_other(OtherSource source, const CollectionName& collection,
                                      const value::Value& spec) override;
  Result<value::Value> text_index(const CollectionName& collection) override;
  Result<std::vector<std::string>> path_of_places(const CollectionName& collection) override;

 private:
  bool is_allowed(std::string_view name, const value::Value& key) const;
  Result<bool> is_multikey(TableId table, IndexId index);
  // What is read, and by what; nothing chosen: all documents.
  struct Access {
    std::optional<Chosen> chosen;
    algebra::PlanPtr plan;
    bool sorted = false;
  };
  struct Candidate;
  Result<std::vector<Candidate>> candidates_of(const Collection& collection,
                                               const Conditions& conditions);
  Result<bool> may_serve(const catalog::IndexDefinition& index, const KeyPattern& pattern,
                         const Conditions& conditions);
  Result<Access> choose(const Collection& collection, const Wanted& wanted);
  Result<Access> nearest(const Collection& collection, const NearWanted& near,
                         const Conditions& conditions);
  Result<Access> limited(const Collection& collection, const Candidate& candidate) const;

  CommandCall& call_;
  exec::QueryContext& context_;
  std::optional<value::Value> hint_;
  std::optional<std::vector<value::Value>> allowed_;  // indexes; nothing: all
  bool is_filtered_ = false;
  std::optional<value::Value> least_;
  std::optional<value::Value> beyond_;
  std::optional<Chosen> chosen_;
  std::optional<CursorSource> source_;
  std::size_t names_ = 0;  // that were looked for
  bool shows_numbers_ = false;
};

// The plan's rows as clients see documents: with `_id`, and without the number of a capped
// collection, unless `with_number` asks for it.
algebra::PlanPtr as_documents(const Collection& collection, algebra::PlanPtr rows,
                              bool with_number = false);

}  // namespace octavo::mongodb
