// Prefix graph for Yosys's $lcu
// width: 8 bits
// size: 12 prefix nodes
// depth: 3 levels
// max fan-out: 4 prefix nodes
// digest: 72bfd3cd8aca4b2c
// library: generic45
// seed: 7
// licence: Apache-2.0
// Yosys replaces its look-ahead carry unit ($lcu: sums, differences, comparisons) by this module.
//   yosys 0.39 or later:     synth -extra-map THIS_FILE
//   older yosys:             synth -run begin:fine; techmap -map +/techmap.v -map THIS_FILE;
//                            opt; then abc and the rest as usual
//   OpenROAD-flow-scripts:   export SYNTH_OPERATIONS_ARGS="-extra-map /path/THIS_FILE"
//   siliconcompiler:         add_yosys_synthextramap("THIS_FILE")
//   LibreLane:               no hook for $lcu
// Of several such files the narrowest that is wide enough serves a $lcu. Widths below that of the
// graph leave out its upper rows; one bit more, as a sum with carry-out asks for, ripples.
// ABC may restructure the logic afterwards: compare area and delay with and without this file.

(* techmap_celltype = "$lcu" *)
module _70_lcu_circuitvae_008_72bfd3cd8aca4b2c (P, G, CI, CO);
  parameter WIDTH = 1;
  (* force_downto *)
  input [WIDTH-1:0] P, G;
  input CI;
  (* force_downto *)
  output [WIDTH-1:0] CO;

  wire _TECHMAP_FAIL_ = WIDTH < 1 || WIDTH > 9;

  wire g_0_0 = G[0] | (P[0] & CI);
  assign CO[0] = g_0_0;

  wire g_1_0;
  generate if (WIDTH > 1) begin : row_1
    assign g_1_0 = G[1] | (P[1] & g_0_0);
    assign CO[1] = g_1_0;
  end endgenerate

  wire g_2_0;
  generate if (WIDTH > 2) begin : row_2
    assign g_2_0 = G[2] | (P[2] & g_1_0);
    assign CO[2] = g_2_0;
  end endgenerate

  wire g_3_2, p_3_2, g_3_0;
  generate if (WIDTH > 3) begin : row_3
    assign g_3_2 = G[3] | (P[3] & G[2]);
    assign p_3_2 = P[3] & P[2];
    assign g_3_0 = g_3_2 | (p_3_2 & g_1_0);
    assign CO[3] = g_3_0;
  end endgenerate

  wire g_4_0;
  generate if (WIDTH > 4) begin : row_4
    assign g_4_0 = G[4] | (P[4] & g_3_0);
    assign CO[4] = g_4_0;
  end endgenerate

  wire g_5_4, p_5_4, g_5_0;
  generate if (WIDTH > 5) begin : row_5
    assign g_5_4 = G[5] | (P[5] & G[4]);
    assign p_5_4 = P[5] & P[4];
    assign g_5_0 = g_5_4 | (p_5_4 & g_3_0);
    assign CO[5] = g_5_0;
  end endgenerate

  wire g_6_4, p_6_4, g_6_0;
  generate if (WIDTH > 6) begin : row_6
    assign g_6_4 = G[6] | (P[6] & g_5_4);
    assign p_6_4 = P[6] & p_5_4;
    assign g_6_0 = g_6_4 | (p_6_4 & g_3_0);
    assign CO[6] = g_6_0;
  end endgenerate

  wire g_7_6, p_7_6, g_7_4, p_7_4, g_7_0;
  generate if (WIDTH > 7) begin : row_7
    assign g_7_6 = G[7] | (P[7] & G[6]);
    assign p_7_6 = P[7] & P[6];
    assign g_7_4 = g_7_6 | (p_7_6 & g_5_4);
    assign p_7_4 = p_7_6 & p_5_4;
    assign g_7_0 = g_7_4 | (p_7_4 & g_3_0);
    assign CO[7] = g_7_0;
  end endgenerate

  generate if (WIDTH > 8) begin : row_8
    assign CO[8] = G[8] | (P[8] & g_7_0);
  end endgenerate
endmodule
