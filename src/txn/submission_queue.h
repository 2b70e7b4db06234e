#pragma once

// Where submissions wait for the sequencer: pushed by any thread without a lock, taken all at once
// by the holder of the role, oldest first.

#include <atomic>

#include "txn/sequencer.h"

namespace octavo::txn {

class SubmissionQueue {
 public:
  void push(Submission& submission) {
    Submission* head = head_.load(std::memory_order_relaxed);
    do {
      submission.next_ = head;
    } while (!head_.compare_exchange_weak(head, &submission, std::memory_order_seq_cst,
                                          std::memory_order_relaxed));
  }
  bool empty() const { return head_.load(std::memory_order_seq_cst) == nullptr; }

  // Moves everything to the end of `waiting`.
  template <class Container>
  void take_all(Container& waiting) {
    Submission* newest = head_.exchange(nullptr, std::memory_order_acquire);
    Submission* oldest = nullptr;
    while (newest != nullptr) {
      Submission* const next = newest->next_;
      newest->next_ = oldest;
      oldest = newest;
      newest = next;
    }
    for (; oldest != nullptr; oldest = oldest->next_) waiting.push_back(oldest);
  }

 private:
  std::atomic<Submission*> head_ = nullptr;
};

}  // namespace octavo::txn
