"""The land balance and what goes with it: stock, flows between two days, reach, contiguous land, area profiles.

`units` says whose land is counted, `balance` what there is, `flows` what moved, `reach` how long it lasts, `contiguous`
what lies together, `profiles` one area for a concept; `land_balance` puts a report together. All areas are exact
decimals in m²; hectares and words are the web floor's business.
"""
