#include "firmware/host/python_core.h"

PYBIND11_MODULE(_core, module) {
  module.doc() = "The module's C++ core: the same code that the firmware runs.";
  tombola::BindNetwork(module);
  tombola::BindInstrument(module);
  tombola::BindPanel(module);
  tombola::BindProtocol(module);
  tombola::BindStorage(module);
}
