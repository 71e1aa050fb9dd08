// The items of the model test, the same for every provider, and what a provider says about each of them.
#pragma once

#include <string>
#include <vector>

#include "world.hpp"

namespace crosswatch::test {

// What one provider holds of one item, over all of its copies.
struct Cell {
  bool title = false;    // it has the title
  bool outside = false;  // of the libraries that take part
  bool present = false;  // and a fact
  cw_value value = no_value;
  std::vector<std::int64_t> plays{};
};

enum class KnownIds { all, tmdb, imdb };

class Universe {
public:
  Universe();
  std::size_t size() const noexcept { return entities_.size(); }
  Kind kind(std::size_t entity) const { return entities_[entity].kind; }
  const std::string& title(std::size_t entity) const { return entities_[entity].title; }

  // The item as a provider knows it that has only some ids.
  Fact as_known(std::size_t entity, KnownIds ids) const;
  // Numbers of the titles of that model which are this item.
  std::vector<std::size_t> titles(const Model& model, std::size_t entity, bool also_gone = false) const;
  Cell cell(const Model& model, Feature f, std::size_t entity) const;

private:
  std::vector<Fact> entities_{};
};

}  // namespace crosswatch::test
