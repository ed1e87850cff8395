// An integrator's program over the generated types: it sells, sells the same again, and is refused.
import createClient from "openapi-fetch";
import type { components, paths } from "./api";

type Sale = components["schemas"]["Sale"];

const [url = "", key = "", id = ""] = process.argv.slice(2);
const bono = createClient<paths>({
  baseUrl: url,
  headers: { Authorization: `Bearer ${key}`, "Accept-Language": "en" },
});

const sale: Sale = {
  outlet_id: "KIN01",
  merchant_nif: "A2512345Z",
  pos_terminal_id: "T1",
  cashier_id: "C1",
  operator: "Marie",
  invoice_type: "FV",
  price_mode: "TTC",
  timestamp: new Date().toISOString(),
  client: { type: "PP" },
  items: [
    {
      code: "FAR25",
      type: "BIE",
      name: "Farine 25 kg",
      unit: "sac",
      unit_price: "45000.00",
      quantity: "2",
      tax_group: "B",
    },
  ],
  payments: [{ method: "ESPECES", amount: "90000.00", currency: "CDF" }],
};

async function issue(body: Sale, invoice_id: string) {
  return await bono.PUT("/api/v1/invoices/{invoice_id}", { params: { path: { invoice_id } }, body });
}

const first = await issue(sale, id);
const again = await issue(sale, id);
const { error } = await issue({ ...sale, payments: [] }, crypto.randomUUID());
const total: string | undefined = first.data?.totals?.total;
console.log(
  JSON.stringify({
    statuses: [first.response.status, again.response.status],
    status: first.data?.status,
    total,
    number: first.data?.security.fiscal_number,
    code: first.data?.normalisation?.code_def_dgi,
    same: first.data?.security.seal === again.data?.security.seal,
    refused: [error?.rule, error?.path, error?.title],
  }),
);
