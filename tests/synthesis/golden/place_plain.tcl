read_lef cells0.lef
read_lef cells1.lef
read_liberty cells0.lib
read_verilog design.v
link_design design
source parasitics.tcl
set_cmd_units -time ns -capacitance fF
create_clock -name reference -period 0.25
set_input_delay 0 -clock reference [all_inputs]
set_output_delay 0 -clock reference [all_outputs]
set_driving_cell -lib_cell BUF_X2 [all_inputs]
set_load 6.969 [all_outputs]
initialize_floorplan -utilization 50 -aspect_ratio 1 -core_space 2.0 -site core_site
make_tracks
global_placement -skip_io
place_pins -hor_layers {metal3} -ver_layers {metal2}
global_placement
estimate_parasitics -placement
repair_design
repair_timing -setup
detailed_placement
estimate_parasitics -placement
report_worst_slack -max -digits 6
set_power_activity -input -activity 0.025
report_power -digits 6
puts "design area [expr {[rsz::design_area] * 1e12}] um2"
