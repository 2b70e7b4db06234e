#include "txn/poller.h"

#include "base/thread.h"
#include "txn/sequencer.h"

namespace octavo::txn {

Poller::~Poller() {
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
}

void Poller::start(Sequencer& sequencer) {
  thread_ = std::thread([this, &sequencer] { run(sequencer); });
}

void Poller::wake() {
  const MutexLock lock(mutex_);
  if (ready_) return;
  ready_ = true;
  changed_.notify_one();
}

void Poller::run(Sequencer& sequencer) {
  begin_thread("verdicts", ThreadPriority::serving);
  MutexLock lock(mutex_);
  for (;;) {
    while (!ready_ && !stopping_) changed_.wait(mutex_);
    if (stopping_) return;  // `Sequencer::stop` has answered everybody
    ready_ = false;
    lock.unlock();
    sequencer.poll();
    lock.lock();
  }
}

}  // namespace octavo::txn
