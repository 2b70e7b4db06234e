#pragma once

// For tests of the engine over one table of rows `{id, a}`, both integers.

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catalog/edit.h"
#include "engine/engine.h"
#include "index/test_support.h"

namespace octavo::engine {

class OneTable : public testing::Test {
 protected:
  void create_table() {
    define([](const catalog::CatalogState& state) {
      catalog::NewTable table;
      table.database = state.find_database("test")->id;
      table.name = "t";
      return catalog::create_table(state, table);
    });
    table_ = definition().id;
  }
  void define(const Engine::Decide& decide) {
    const auto defined = engine_->define(catalog::kAdminName, decide);
    ASSERT_TRUE(defined) << defined.error().what;
  }
  const catalog::TableDefinition& definition() {
    catalog_ = engine_->catalog();
    return *catalog_->find_table(catalog_->find_database("test")->id, "t");
  }

  // Over `a`.
  IndexId add_index(std::string_view name) {
    catalog::IndexDefinition index;
    index.name = name;
    EXPECT_TRUE(algebra::encode(index::testing_support::field("a"), index.function));
    define([&](const catalog::CatalogState& state) {
      return catalog::add_index(state, table_, index);
    });
    return definition().find_index(name)->id;
  }
  Status wait_for_index(IndexId index) {
    std::promise<Status> ready;
    engine_->when_index_ready(table_, index, [&](Status status) { ready.set_value(status); });
    return ready.get_future().get();
  }

  algebra::PlanPtr all(std::optional<IndexId> index = {}) const {
    return algebra::make_plan(
        algebra::Scan{.table = table_, .index = index, .order = algebra::Direction::ascending});
  }
  // (a, id) of every row.
  std::vector<std::pair<std::int64_t, std::int64_t>> rows(const algebra::PlanPtr& plan) {
    exec::QueryContext context(catalog::kAdminName);
    auto query = engine_->query(plan, context);
    EXPECT_TRUE(query) << query.error().what;
    std::vector<std::pair<std::int64_t, std::int64_t>> out;
    for (exec::Rows batch; query; batch.clear()) {
      EXPECT_TRUE((*query)->next(100, batch));
      if (batch.empty()) break;
      for (const value::Value& row : batch) {
        out.emplace_back(row.find("a")->as_int64(), row.find("id")->as_int64());
      }
    }
    return out;
  }
  void expect_index_agrees(IndexId index) {
    auto expected = rows(all());
    std::ranges::sort(expected);
    EXPECT_EQ(rows(all(index)), expected);
  }

  std::unique_ptr<Engine> engine_;
  catalog::CatalogPtr catalog_;
  TableId table_{};
};

// The same in a folder of its own, with files.
class OneTableOnDisk : public OneTable {
 protected:
  void SetUp() override {
    char name[] = "/tmp/octavo-engine-XXXXXX";
    ASSERT_NE(mkdtemp(name), nullptr);
    directory_ = name;
    open();
    create_table();
  }
  void TearDown() override {
    if (engine_ != nullptr) {
      EXPECT_TRUE(engine_->close());
    }
    engine_.reset();
    std::filesystem::remove_all(directory_);
  }

  virtual Options options() {
    Options options;
    options.directory = directory_;
    options.memory = memory_;
    options.log_segment_bytes = kMiB;
    return options;
  }
  void open() {
    auto opened = Engine::open(options());
    ASSERT_TRUE(opened) << opened.error().what;
    engine_ = *std::move(opened);
  }
  void restart() {
    ASSERT_TRUE(engine_->close());
    engine_.reset();
    open();
  }

  // Outlives the engine, as what a feed gave out may.
  const std::shared_ptr<ProcessMemory> memory_ = std::make_shared<ProcessMemory>(64 * kMiB);
  std::string directory_;
};

}  // namespace octavo::engine
