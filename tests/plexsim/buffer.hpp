// A growing byte buffer without zero-filling: pages of several megabytes are rendered into one that its connection
// keeps.
#pragma once

#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>

namespace plexsim {

class Buffer {
public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { std::free(data_); }

  // Room for n more bytes; the caller writes them and calls advance().
  char* reserve(std::size_t n) {
    if (size_ + n > capacity_) grow(n);
    return data_ + size_;
  }
  void advance(std::size_t n) { size_ += n; }
  void append(std::string_view s) {
    char* to = reserve(s.size());
    if (!s.empty()) std::memcpy(to, s.data(), s.size());
    size_ += s.size();
  }
  void push(char c) {
    *reserve(1) = c;
    ++size_;
  }
  char back() const { return size_ == 0 ? '\0' : data_[size_ - 1]; }
  void set_back(char c) { data_[size_ - 1] = c; }
  void pop() { --size_; }
  void clear() { size_ = 0; }
  void resize_down(std::size_t n) { size_ = n < size_ ? n : size_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const char* data() const { return data_; }
  std::string_view view() const { return {data_, size_}; }
  void swap(Buffer& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
  }

private:
  void grow(std::size_t n) {
    std::size_t wanted = capacity_ < 4096 ? 4096 : capacity_ * 2;
    while (wanted < size_ + n) wanted *= 2;
    char* more = static_cast<char*>(std::realloc(data_, wanted));
    if (more == nullptr) throw std::bad_alloc();
    data_ = more;
    capacity_ = wanted;
  }

  char* data_{nullptr};
  std::size_t size_{0};
  std::size_t capacity_{0};
};

}  // namespace plexsim
