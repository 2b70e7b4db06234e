#pragma once

// Who pays for values. While an account is in use on a thread, every block of memory that a value
// gets there (text, elements, fields) is charged to it when it is allocated; it is given back when
// the block is freed, on whatever thread and however late. What the account cannot have is thrown
// as OutOfMemory, a std::bad_alloc: a value is made in too many places for each to return an error,
// and whoever uses an account catches it in one place, where the work begins.
//
//   value::Account account(queries, limit_bytes);
//   const value::Account::Use use(&account);
//   … make values …
//
// One thread at a time uses an account. Values may outlive it; what they hold stays charged to the
// pool until they are freed, so the pool outlives them.

#include <cstddef>
#include <new>
#include <string>
#include <utility>

#include "base/memory_pool.h"

namespace octavo::value {

class OutOfMemory final : public std::bad_alloc {
 public:
  explicit OutOfMemory(Error error) : error_(std::move(error)) {}
  const char* what() const noexcept override { return error_.what.c_str(); }
  const Error& error() const { return error_; }  // resource_exhausted

 private:
  Error error_;
};

// What a failure to allocate means to a client: the account's words, or the machine's.
Error out_of_memory(const std::bad_alloc& failure);

class Account {
 public:
  // Takes from `pool` in steps, at most `limit_bytes`.
  Account(MemoryPool& pool, std::size_t limit_bytes);
  // Of what cannot be refused: it takes whatever it needs, and the pool may go above its limit.
  static Account unrefused(MemoryPool& pool);
  Account(Account&& other) noexcept : state_(std::exchange(other.state_, nullptr)) {}
  Account& operator=(Account&&) = delete;
  ~Account();

  // Makes an account the one that values on this thread are charged to; null: none. They nest.
  class Use {
   public:
    explicit Use(const Account* account) noexcept;
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

   private:
    void* before_;
  };

  // Whether so much could be had now, beside what is. For temporaries that are large and short.
  Status require(std::size_t bytes);

  std::size_t used() const noexcept;

  // Gives back to the pool what is reserved and not in use, for a pause of unknown length.
  void settle() noexcept;
  // What was freed elsewhere and is still reserved; from any thread.
  std::size_t unsettled() const noexcept;

  struct State;  // value/account_state.h, for the folder's own use

 private:
  friend class Charge;
  State* state_;
};

// Bytes of an account for as long as this lives. Without an account nothing is counted.
class [[nodiscard]] Charge {
 public:
  explicit Charge(Account* account) : state_(account == nullptr ? nullptr : account->state_) {}
  Charge(Charge&& other) noexcept : state_(other.state_), bytes_(std::exchange(other.bytes_, 0)) {}
  Charge& operator=(Charge&& other) noexcept {
    std::swap(state_, other.state_);
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~Charge() { remove(bytes_); }

  Status add(std::size_t bytes);
  void remove(std::size_t bytes) noexcept;
  // Room in `text` for `bytes` more, doubling as a string does, but charged before it is allocated.
  Status make_room(std::string& text, std::size_t bytes);

 private:
  Account::State* state_;
  std::size_t bytes_ = 0;
};

}  // namespace octavo::value
