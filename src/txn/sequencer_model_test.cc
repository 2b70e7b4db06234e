// Random transactions of several sessions against a model that remembers every version: snapshots
// must be exact, losers must have lost for a reason, winners must not have overwritten anything
// they did not see, and after each crash the state must be that of some position the log still has.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/random.h"
#include "log/faulty_log.h"
#include "txn/test_support.h"

namespace octavo::txn {
namespace {

using namespace testing_support;

struct World {
  Rows rows;
  std::int64_t counter = 0;
};

struct Setting {
  Authority authority;
  std::size_t window_keys;
  std::uint64_t seed;
};

// A session in the middle of a transaction.
struct Session {
  explicit Session(ReadPoint read_point) : point(std::move(read_point)) {}
  ReadPoint point;
  TransactionBuilder builder;
  std::map<Bytes, std::optional<Bytes>> writes;
  std::vector<Bytes> reads;  // of a serializable transaction
  // Where keys were read, if it says so for each.
  std::map<Bytes, Lsn> read_at;
  std::set<Bytes> absent;  // those that were not there then
  Lsn place_of(const Bytes& key) const {
    const auto found = read_at.find(key);
    return found == read_at.end() ? point.lsn : found->second;
  }
  std::int64_t increments = 0;
  Transaction transaction;
  Ticket ticket;
};

class ModelTest : public testing::TestWithParam<Setting> {
 protected:
  ModelTest() : random_(GetParam().seed) {
    const bool shared = GetParam().authority == Authority::shared;
    log_ = log::make_faulty_log(
        clock_,
        {.seed = GetParam().seed, .append_error = 0.02, .delivery_delay = shared ? 0.7 : 0.0});
    history_[Lsn::zero()] = {};
  }

  void open() {
    store_ = kv::open_memory_store(disk_);
    keyspace_ = std::make_unique<TestKeyspace>();
    keyspace_->state = keyspace_snapshot_;
    SequencerOptions options;
    options.authority = GetParam().authority;
    options.window_keys = GetParam().window_keys;
    options.record_transactions = 8;
    sequencer_ = std::make_unique<Sequencer>(*log_, *store_, clock_,
                                             Hooks{&index_, nullptr, keyspace_.get()}, options);
    const Status status = sequencer_->start();
    ASSERT_TRUE(status) << status.error().what;
  }

  const World& world_at(Lsn lsn) { return std::prev(history_.upper_bound(lsn))->second; }

  void begin() {
    auto session = std::make_unique<Session>(sequencer_->snapshot());
    ASSERT_EQ(read_rows(*store_, session->point.snapshot.get()), world_at(session->point.lsn).rows);
    sessions_.push_back(std::move(session));
  }

  // Reads a few rows at the snapshot and decides what to write.
  void work(Session& session) {
    const bool serializable = random_.below(3) == 0;
    const bool each = random_.below(3) == 0;
    if (!each) session.builder.set_snapshot(session.point.lsn);
    for (std::uint64_t i = random_.below(3) + 1; i > 0; --i) {
      const Bytes key(1, static_cast<char>('a' + random_.below(12)));
      if (session.writes.contains(key)) continue;
      const ReadPoint point =
          each && random_.below(2) == 0 ? sequencer_->snapshot() : session.point;
      if (each) {
        session.builder.read_at(point.lsn);
        const auto known = session.read_at.try_emplace(key, point.lsn).first;
        known->second = std::min(known->second, point.lsn);  // each time it was read must hold
      }
      const auto before = read_row(*store_, key, point.snapshot.get());
      if (each && !before) session.absent.insert(key);
      if (serializable && random_.below(2) == 0) {
        session.builder.read_key(row_hash(kTable, key));
        session.reads.push_back(key);
        continue;
      }
      if (before && random_.below(3) == 0) {
        session.builder.erase(kTable, key, *before);
        session.writes[key] = std::nullopt;
      } else {
        const Bytes after = std::to_string(++serial_);
        session.builder.put(kTable, key, before, after);
        session.writes[key] = after;
      }
    }
    if (random_.below(3) == 0) {
      const BytesView command[] = {"incr", "n"};
      session.builder.keyspace(0, command);
      ++session.increments;
    }
    if (session.builder.empty()) session.builder.cursor("nothing", "else");
    session.transaction = *session.builder.build();
    session.ticket.transaction = &session.transaction;
  }

  void submit(std::unique_ptr<Session> session) {
    work(*session);
    sequencer_->submit(session->ticket);
    submitted_.push_back(std::move(session));
  }

  // Takes verdicts in, in log order.
  void settle() {
    std::vector<std::unique_ptr<Session>> winners;
    std::erase_if(submitted_, [&](std::unique_ptr<Session>& session) {
      if (!session->ticket.verdict) return false;
      const Verdict& verdict = *session->ticket.verdict;
      if (verdict.status) {
        winners.push_back(std::move(session));
      } else {
        ++losers_[verdict.status.error().code];
        if (verdict.status.error().code == Code::conflict) suspects_.push_back(std::move(session));
      }
      return true;
    });
    std::sort(winners.begin(), winners.end(), [](const auto& a, const auto& b) {
      const Verdict& left = *a->ticket.verdict;
      const Verdict& right = *b->ticket.verdict;
      if (left.lsn != right.lsn) return left.lsn < right.lsn;
      return left.position < right.position;
    });
    for (const auto& winner : winners) record_win(*winner);
    if (GetParam().window_keys > 1000) {
      for (const auto& suspect : suspects_) EXPECT_TRUE(had_reason_to_lose(*suspect));
    }
    suspects_.clear();
  }

  void record_win(const Session& session) {
    const Lsn lsn = session.ticket.verdict->lsn;
    ASSERT_GE(lsn, history_.rbegin()->first);
    EXPECT_FALSE(was_overtaken(session, lsn, true));
    World next = history_.rbegin()->second;
    for (const auto& [key, after] : session.writes) {
      if (after)
        next.rows[key] = *after;
      else
        next.rows.erase(key);
      writes_[key].push_back(lsn);
    }
    next.counter += session.increments;
    history_[lsn] = std::move(next);
    ++winners_;
  }

  // Below the window a row that was not there and is not there again is as it was.
  bool came_and_went(const Session& session, const Bytes& key) const {
    return session.absent.contains(key) && session.writes.contains(key) &&
           !history_.rbegin()->second.rows.contains(key);
  }

  // Whether a key of the session was committed between its snapshot and `until`.
  bool was_overtaken(const Session& session, Lsn until, bool committed) {
    const auto overtaken = [&](const Bytes& key) {
      for (const Lsn lsn : writes_[key]) {
        if (lsn > session.place_of(key) && lsn < until) return true;
      }
      return false;
    };
    for (const auto& [key, after] : session.writes) {
      if (overtaken(key) && !(committed && came_and_went(session, key))) return true;
    }
    return std::any_of(session.reads.begin(), session.reads.end(), overtaken);
  }
  bool had_reason_to_lose(const Session& session) {
    return was_overtaken(session, Lsn::last(0), false);
  }

  void pump() {
    log_->pump(random_.below(4));
    sequencer_->poll();
    settle();
  }
  void pump_all() {
    while (log_->undelivered() != 0) log_->pump();
    sequencer_->poll();
    settle();
    ASSERT_TRUE(submitted_.empty());
  }

  void expect_state() {
    const World& world = world_at(sequencer_->tip());
    EXPECT_EQ(read_rows(*store_), world.rows);
    EXPECT_EQ(read_index(*store_), index_of(world.rows));
    EXPECT_EQ(keyspace_->state.counters["n"], world.counter);
  }

  void checkpoint() {
    while (!log_->is_durable(sequencer_->tip(), Durability::disk)) log_->pump();
    sequencer_->poll();
    settle();
    ASSERT_TRUE(sequencer_->checkpoint());
  }

  // Losses: what was never durable, with `power_cut`; nothing that is in the log, without.
  void crash(bool power_cut) {
    Lsn durable;
    for (const auto& [lsn, world] : history_) {
      if (lsn != Lsn::zero() && log_->is_durable(lsn, Durability::disk)) durable = lsn;
    }
    const Lsn tip = sequencer_->tip();
    sessions_.clear();
    // The dead process answers nobody.
    if (power_cut)
      log_->crash();
    else
      log_->kill();
    sequencer_.reset();
    unknown_ += submitted_.size();
    std::vector<std::unique_ptr<Session>> unknown = std::move(submitted_);
    submitted_.clear();
    store_.reset();
    open();
    if (HasFatalFailure()) return;
    const Lsn now = sequencer_->tip();
    if (power_cut) {
      ASSERT_GE(now, durable);
      // Only complete records: the state must be one that the model knows.
      std::erase_if(history_, [&](const auto& version) {
        return version.first > durable && !log_has(version.first);
      });
      for (auto& [key, lsns] : writes_) {
        std::erase_if(lsns, [&](Lsn lsn) { return !history_.contains(lsn); });
      }
    } else {
      ASSERT_GE(now, tip);
    }
    adopt_unknown(std::move(unknown));
  }

  bool log_has(Lsn lsn) {
    const auto reader = log_->read(log_->head());
    if (!reader) return false;
    while (const auto record = (*reader)->next()) {
      if (!*record) return false;
      if ((*record)->lsn == lsn) return true;
    }
    return false;
  }

  // Transactions whose outcome nobody was told may have committed: the log says which. Each put a
  // value that nobody else ever wrote; the model takes over what replay found, as of the tip, and
  // so the next power cut must not fall in between.
  void adopt_unknown(std::vector<std::unique_ptr<Session>> unknown) {
    if (unknown.empty()) return expect_state();
    World found;
    found.rows = read_rows(*store_);
    found.counter = keyspace_->state.counters["n"];
    const World& known = history_.rbegin()->second;
    for (const auto& [key, value] : found.rows) {
      const auto was = known.rows.find(key);
      const bool unchanged = was != known.rows.end() && was->second == value;
      const bool by_unknown = std::any_of(unknown.begin(), unknown.end(), [&](const auto& session) {
        const auto write = session->writes.find(key);
        return write != session->writes.end() && write->second == value;
      });
      EXPECT_TRUE(unchanged || by_unknown) << key << "=" << value;
    }
    EXPECT_EQ(read_index(*store_), index_of(found.rows));
    const Lsn tip = sequencer_->tip();
    for (const auto& session : unknown) {
      for (const auto& [key, after] : session->writes) writes_[key].push_back(tip);
    }
    history_[tip] = std::move(found);
    while (!log_->is_durable(tip, Durability::disk)) log_->pump();
  }

  Random random_;
  ManualClock clock_;
  std::unique_ptr<log::FaultyLog> log_;
  std::shared_ptr<kv::MemoryDisk> disk_ = kv::make_memory_disk();
  std::unique_ptr<kv::Store> store_;
  TestIndex index_;
  std::unique_ptr<TestKeyspace> keyspace_;
  TestKeyspace::State keyspace_snapshot_;
  std::unique_ptr<Sequencer> sequencer_;

  std::map<Lsn, World> history_;
  std::map<Bytes, std::vector<Lsn>> writes_;
  std::vector<std::unique_ptr<Session>> sessions_;
  std::vector<std::unique_ptr<Session>> submitted_;
  std::vector<std::unique_ptr<Session>> suspects_;
  std::uint64_t serial_ = 0;
  std::uint64_t winners_ = 0;
  std::uint64_t unknown_ = 0;
  std::map<Code, std::uint64_t> losers_;
};

TEST_P(ModelTest, SnapshotIsolationAndReplay) {
  open();
  for (int step = 0; step < 6000 && !HasFatalFailure() && !HasNonfatalFailure(); ++step) {
    clock_.advance(Nanoseconds(static_cast<std::int64_t>(random_.below(1000))));
    const std::uint64_t dice = random_.below(1000);
    if (sessions_.empty() || dice < 350) {
      if (sessions_.size() < 6) begin();
    } else if (dice < 700) {
      const std::size_t at = random_.below(sessions_.size());
      auto session = std::move(sessions_[at]);
      sessions_.erase(sessions_.begin() + static_cast<std::ptrdiff_t>(at));
      submit(std::move(session));
      settle();
    } else if (dice < 950) {
      pump();
    } else if (dice < 975) {
      checkpoint();
    } else if (dice < 983) {
      // A keyspace snapshot has to be durable before it counts, as rows have.
      checkpoint();
      pump_all();
      while (!log_->is_durable(keyspace_->state.applied, Durability::disk)) log_->pump();
      keyspace_snapshot_ = keyspace_->state;
    } else if (dice < 993) {
      crash(random_.below(2) == 0);
    } else {
      pump_all();
      expect_state();
    }
  }
  pump_all();
  expect_state();
  EXPECT_GT(winners_, 200u);
  EXPECT_GT(losers_[Code::conflict], 20u);
  sessions_.clear();
}

INSTANTIATE_TEST_SUITE_P(
    Seeds, ModelTest,
    testing::Values(Setting{Authority::sole, 1 << 16, 1}, Setting{Authority::sole, 1 << 16, 2},
                    Setting{Authority::sole, 1 << 16, 3}, Setting{Authority::sole, 16, 4},
                    Setting{Authority::shared, 1 << 16, 5}, Setting{Authority::shared, 1 << 16, 6},
                    Setting{Authority::shared, 1 << 16, 7}, Setting{Authority::shared, 16, 8},
                    Setting{Authority::shared, 16, 9}, Setting{Authority::shared, 64, 10}),
    [](const auto& chosen) {
      const bool sole = chosen.param.authority == Authority::sole;
      return (sole ? "sole" : "shared") + std::to_string(chosen.param.seed);
    });

}  // namespace
}  // namespace octavo::txn
