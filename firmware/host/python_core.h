// The Python binding of the core, one function per part that it binds.
#pragma once

#include <pybind11/pybind11.h>

namespace tombola {

void BindNetwork(pybind11::module_& module);     // python_network.cc
void BindInstrument(pybind11::module_& module);  // python_instrument.cc
void BindPanel(pybind11::module_& module);       // python_panel.cc
void BindProtocol(pybind11::module_& module);    // python_protocol.cc
void BindStorage(pybind11::module_& module);     // python_storage.cc

}  // namespace tombola
