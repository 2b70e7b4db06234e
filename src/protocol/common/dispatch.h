#pragma once

// Where the work of one connection runs: on its own thread or on a worker, where the connection is
// the owner of its long jobs. On the connection's thread.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/limits.h"
#include "engine/engine.h"
#include "io/semaphore.h"
#include "io/task.h"
#include "io/worker_pool.h"
#include "protocol/common/connection.h"

namespace octavo::protocol {

// What is larger is parsed, or encoded, on workers: a megabyte takes milliseconds.
constexpr std::size_t kMaxInlineRequestBytes = 64 * kKiB;
constexpr std::size_t kMaxInlineReplyBytes = 512 * kKiB;
// How many workers one connection asks for at a time: it leaves room for others.
constexpr std::size_t kMaxStatementsOnWorkers = 64;

enum class Weight : std::uint8_t {
  usual,
  urgent,  // before others: what an operator does about a busy server
};

class Dispatch {
 public:
  // Both outlive it.
  Dispatch(io::WorkerPool& pool, Connection& connection,
           std::size_t at_once = kMaxStatementsOnWorkers)
      : pool_(pool), owner_(std::to_underlying(connection.info().id)), places_(at_once) {}

  // What `work` returns, when it can be done here without waiting. Nothing when something had to be
  // refused for that, which sets `refused`: there was no effect, and `work` is to run where it may
  // wait. (An evaluator may replace an error, so the flag decides and not the code.)
  template <class Work>
  static std::optional<std::invoke_result_t<Work&>> try_here(exec::QueryContext& query,
                                                             const bool& refused, Work&& work) {
    const WithoutWaits here(query);
    std::optional<std::invoke_result_t<Work&>> done(work());
    if (refused) done.reset();
    return done;
  }

  // What `work` returns, on a worker; a pool that is full or stops is an error. What `work` throws
  // is thrown here. A statement that waits has its place for as long.
  template <class Work>
  io::Task<typename io::WorkerPool::RunAwaiter<Work>::Output> run(Weight weight, Work work) {
    co_await places_.acquire();
    const Place place(places_);
    io::WorkOptions options = owned();
    options.urgent = weight == Weight::urgent;
    auto done = co_await pool_.run(std::move(work), options);
    co_return done;
  }

  // The same for work that ends soon and waits for nothing, such as parsing and copying: it needs
  // no place. To be awaited at once.
  template <class Work>
  [[nodiscard]] auto compute(Work&& work) {
    return pool_.run(std::forward<Work>(work), owned());
  }

 private:
  struct WithoutWaits {
    explicit WithoutWaits(exec::QueryContext& given) : query(given) { query.may_wait = false; }
    ~WithoutWaits() { query.may_wait = true; }
    WithoutWaits(const WithoutWaits&) = delete;
    WithoutWaits& operator=(const WithoutWaits&) = delete;
    exec::QueryContext& query;
  };
  struct Place {
    explicit Place(io::Semaphore& given) : places(given) {}
    ~Place() { places.release(); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    io::Semaphore& places;
  };
  io::WorkOptions owned() const {
    io::WorkOptions options;
    options.owner = owner_;
    return options;
  }

  io::WorkerPool& pool_;
  const std::uint64_t owner_;
  io::Semaphore places_;
};

}  // namespace octavo::protocol
