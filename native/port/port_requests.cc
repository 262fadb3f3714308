#include "port/port.h"

namespace pmd {

using namespace std::chrono_literals;

// What others ask of a port is done on the control thread, in turn, after a look at the device; who asks
// waits.

namespace {

/// How long a request waits for a port that recovers: longer than the control peer's restart takes.
constexpr auto kRequestPatience = 5s;

}  // namespace

void Port::run(Job job, Done done) {
  {
    const std::lock_guard lock(mutex_);
    if (!finished_) {
      requests_.push_back({std::move(job), Clock::now(), std::move(done)});
      thread_.post([self = shared_from_this()] { self->wake_.set(); });
      return;
    }
  }
  done(std::make_exception_ptr(refused_error()));
}

void Port::run(Job job) {
  std::promise<void> done;
  run(std::move(job), [&done](const std::exception_ptr& failure) {
    failure ? done.set_exception(failure) : done.set_value();
  });
  done.get_future().get();
}

void Port::check(const Request& request) const {
  try {
    validate(request, driver_->capabilities(), frame_room_);
  } catch (Error& error) {
    throw std::move(error).at(identity_.address);
  }
}

void Port::apply(Request request, Done done) {
  try {
    check(request);
  } catch (...) {
    return done(std::current_exception());
  }
  run([request = std::move(request)](Driver& driver) { return driver.apply(request); }, std::move(done));
}

void Port::apply(Request request) {
  check(request);
  run([&request](Driver& driver) { return driver.apply(std::move(request)); });
}

Port::Snapshot Port::refresh() {
  run([](Driver&) -> Task<> { co_return; });  // jobs run right after a look at the device
  return snapshot();
}

RegisterDump Port::dump_registers() {
  RegisterDump dump;
  run([&dump](Driver& driver) -> Task<> {
    dump = driver.dump_registers();
    co_return;
  });
  return dump;
}

size_t Port::pending_requests() const {
  const std::lock_guard lock(mutex_);
  return requests_.size();
}

Task<> Port::serve_requests(size_t count) {
  for (; count > 0; --count) {
    Pending pending;
    {
      const std::lock_guard lock(mutex_);
      pending = std::move(requests_.front());
      requests_.pop_front();
    }
    std::exception_ptr failure;
    try {
      co_await pending.job(*driver_);
    } catch (Error& error) {
      if (error.code == ErrorCode::kClosed) error = refused_error();
      failure = std::make_exception_ptr(std::move(error).at(identity_.address));
    } catch (...) {
      failure = std::current_exception();
    }
    take_snapshot();
    if (failure) wake_.set();  // the control peer may be silent: look again at once
    pending.done(failure);
  }
}

void Port::refuse_requests() {
  std::deque<Pending> refused;
  {
    const std::lock_guard lock(mutex_);
    finished_ = true;
    refused.swap(requests_);
  }
  for (const Pending& pending : refused) pending.done(std::make_exception_ptr(refused_error()));
}

void Port::refuse_old_requests(const Error& why) {
  std::vector<Pending> refused;
  {
    const std::lock_guard lock(mutex_);
    const auto oldest = Clock::now() - kRequestPatience;
    for (; !requests_.empty() && requests_.front().asked < oldest; requests_.pop_front())
      refused.push_back(std::move(requests_.front()));
  }
  for (const Pending& pending : refused)
    pending.done(std::make_exception_ptr(Error(why).at(identity_.address)));
}

}  // namespace pmd
