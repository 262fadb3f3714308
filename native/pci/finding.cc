#include "pci/finding.h"

namespace pmd::pci {

Error to_error(const Finding& finding) {
  std::string hint;
  for (const std::string& step : finding.steps) hint += (hint.empty() ? "" : "; ") + step;
  return Error(finding.code, finding.evidence, hint).at(finding.subject);
}

}  // namespace pmd::pci
