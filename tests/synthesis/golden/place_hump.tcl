read_lef cells0.lef
read_lef cells1.lef
read_liberty cells0.lib
read_liberty cells1.lib
read_verilog design.v
link_design design
source parasitics.tcl
set_cmd_units -time ns -capacitance fF
set_dont_use {INV_X1 CLKBUF_X3}
create_clock -name reference -period 0.3
set_input_delay 0 -clock reference [all_inputs]
set_output_delay 0 -clock reference [all_outputs]
set_driving_cell -lib_cell BUF_X1 [all_inputs]
set_load 6.969 [all_outputs]
set_input_delay 0.05 -clock reference [get_ports {a[0]}]
set_input_delay 0.125 -clock reference [get_ports {a[1]}]
set_input_delay 0.05 -clock reference [get_ports {a[2]}]
set_input_delay 0.2 -clock reference [get_ports {cin}]
set_output_delay 0.025 -clock reference [get_ports {sum[0]}]
set_load 1.5 [get_ports {sum[0]}]
set_output_delay 0.025 -clock reference [get_ports {sum[1]}]
set_load 2 [get_ports {sum[1]}]
set_output_delay 0.025 -clock reference [get_ports {sum[2]}]
set_load 2.5 [get_ports {sum[2]}]
set_output_delay -0.01 -clock reference [get_ports {cout}]
initialize_floorplan -utilization 50 -aspect_ratio 1 -core_space 2.0 -site core_site
source tracks.tcl
global_placement -skip_io
place_pins -hor_layers {M4 M6} -ver_layers {metal2}
global_placement
estimate_parasitics -placement
repair_design
repair_timing -setup
detailed_placement
estimate_parasitics -placement
report_worst_slack -max -digits 6
set_power_activity -input -activity 0.03
report_power -digits 6
puts "design area [expr {[rsz::design_area] * 1e12}] um2"
