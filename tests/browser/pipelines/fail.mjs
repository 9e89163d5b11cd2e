/* A command that ends well when told so, else with a stack and code 3. */
if (process.argv[2] === 'well') console.log('all is well');
else {
  for (let row = 1; row <= 20; row++) console.log(`loaded row ${row}`);
  console.error('connecting to warehouse.example:5432');
  console.error(new Error('duplicate key value violates unique constraint "orders_pkey"').stack);
  console.error('\u001b[31mfatal:\u001b[0m 20 rows loaded, 1 refused');
  process.exitCode = 3;
}
